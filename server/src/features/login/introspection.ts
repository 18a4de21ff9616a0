import * as openid from 'openid-client';
import { checkKind, unverifiedClaims } from './access-token-claims.ts';
import { AccessTokenError } from './access-token-error.ts';
import type { Claims } from './claims.ts';
import { ProviderUnavailable, reasonOf } from './failures.ts';
import type { OidcProvider } from './provider.ts';

/**
 * What the provider says of a token that only it can read: by introspection (RFC 7662) where we have credentials for it, and by
 * its user info, which takes nothing but access tokens.
 *
 * @returns claims, the first of them about the token itself
 * @throws AccessTokenError, ProviderUnavailable
 */
export async function askProvider(provider: OidcProvider, token: string): Promise<[Claims, ...Claims[]]> {
  const { clientSecret, audiences } = provider.config;
  const configuration = await provider.configuration();
  const { introspection_endpoint, userinfo_endpoint } = configuration.serverMetadata();
  const hasUserInfo = userinfo_endpoint !== undefined;
  if (introspection_endpoint !== undefined && clientSecret !== undefined) {
    const claims = await introspect(configuration, token, provider.config.clientId);
    const isTold = claims.token_type !== undefined || claims.typ !== undefined;
    if (!hasUserInfo || (isTold && namesPerson(claims))) return [claims];
    const more = await userInfo(configuration, token, claims.sub);
    if (more) return [claims, more];
    if (isTold) return [claims];
    throw new AccessTokenError('is none: its issuer does not say that it is one');
  }
  // The user info does not say for whom a token was made.
  if (!hasUserInfo || audiences.length > 0) {
    throw new AccessTokenError('is not one that can be checked here: send a JWT or a personal token');
  }
  const claims = await userInfo(configuration, token);
  if (!claims) throw unknownToIssuer();
  return [claims];
}

async function introspect(configuration: openid.Configuration, token: string, clientId: string) {
  const hint = { token_type_hint: 'access_token' };
  const answer = await openid.tokenIntrospection(configuration, token, hint).catch((error) => {
    throw isAboutToken(error) ? untold(token, clientId) : unavailable(error);
  });
  if (!answer.active) throw untold(token, clientId);
  checkKind(answer);
  const { token_type: type } = answer;
  if (type !== undefined && type.toLowerCase() !== 'bearer')
    throw new AccessTokenError(`is a ${type} and not a bearer token`);
  return answer;
}

/** A provider may say that a token is none it could look up, such as a JWT; what it says of us is not the caller's fault. */
function isAboutToken(error: unknown): boolean {
  if (!(error instanceof openid.ResponseBodyError)) return false;
  return error.status === 400 && !/client$/.test(error.error);
}

function namesPerson({ preferred_username, username }: Claims): boolean {
  return (preferred_username ?? username) !== undefined;
}

/** Undefined when the provider does not take the token for this. */
async function userInfo(
  configuration: openid.Configuration,
  token: string,
  subject?: string,
): Promise<Claims | undefined> {
  try {
    return await openid.fetchUserInfo(configuration, token, subject ?? openid.skipSubjectCheck);
  } catch (error) {
    const status = statusOf(error);
    if (status === 401 || status === 403) return undefined;
    throw unavailable(error);
  }
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof openid.WWWAuthenticateChallengeError) return error.status;
  const { cause } = error as Error;
  return cause instanceof Response ? cause.status : undefined;
}

function unknownToIssuer(): AccessTokenError {
  return new AccessTokenError('is unknown to its issuer, revoked or expired');
}

/**
 * What is not active: the issuer does not say why. Keycloak says it also of a token that has not our client in its audience, which
 * only a JWT shows.
 */
function untold(token: string, clientId: string): AccessTokenError {
  const isForUs = [unverifiedClaims(token)?.aud].flat().includes(clientId);
  if (isForUs) return unknownToIssuer();
  const words = `${unknownToIssuer().message}, or not made for us: its audience (aud) must name ${clientId}`;
  return new AccessTokenError(words);
}

function unavailable(error: unknown): ProviderUnavailable {
  return new ProviderUnavailable(`it cannot be asked about a token: ${reasonOf(error)}`, { cause: error });
}
