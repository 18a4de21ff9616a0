import { hkdfSync } from 'node:crypto';
import { decodeJwt, EncryptJWT, jwtDecrypt } from 'jose';
import type { Kysely } from 'kysely';
import * as openid from 'openid-client';
import type { Caller } from '../../clearml/endpoint.ts';
import type { OidcConfig } from '../../config.ts';
import type { DB } from '../../platform/schema.ts';
import { personOf } from './claims.ts';
import { ensureOidcAccount } from './store.ts';

/** A single sign-on that came to nothing; its message is for the person who tried. */
export class OidcError extends Error {
  override readonly name = 'OidcError';
}

/** How long a person may take at the provider. */
const attemptSeconds = 600;
const timeoutSeconds = 10;

/** What must come back unchanged, or stay here, between the two halves of a login. */
interface Attempt {
  state: string;
  nonce: string;
  verifier: string;
  redirectUri: string;
}

/**
 * Login at an OpenID Connect provider: authorization code flow with PKCE, state and nonce. What belongs to an attempt lies
 * encrypted in a cookie of the browser that began it, so any replica can end it.
 */
export class OidcLogin {
  readonly #db: Kysely<DB>;
  readonly #config: OidcConfig;
  readonly #key: Uint8Array;
  #provider: Promise<openid.Configuration> | undefined;

  /** @param secret of this installation; what is derived from it here is good for nothing else */
  constructor(db: Kysely<DB>, config: OidcConfig, secret: string) {
    this.#db = db;
    this.#config = config;
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'OIDC attempts', 32));
  }

  /**
   * Where to send the browser, and what it must bring back.
   *
   * @param redirectUri where the provider sends it afterwards; the provider has to know this address
   * @throws OidcError when the provider cannot be reached
   */
  async begin(redirectUri: string): Promise<{ url: string; attempt: string; seconds: number }> {
    const provider = await this.#discovered();
    const verifier = openid.randomPKCECodeVerifier();
    const attempt: Attempt = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      verifier,
      redirectUri,
    };
    const url = openid.buildAuthorizationUrl(provider, {
      redirect_uri: redirectUri,
      scope: 'openid profile email',
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, attempt: await this.#seal(attempt), seconds: attemptSeconds };
  }

  /**
   * Who came back: their account, made at the first login and found by issuer and subject at the next ones.
   *
   * @param query of the request that came from the provider
   * @param sealed what begin() gave the same browser
   * @throws OidcError
   */
  async finish(query: string, sealed: string | undefined): Promise<Caller> {
    const { state, nonce, verifier, redirectUri } = await this.#unseal(sealed);
    const provider = await this.#discovered();
    const current = new URL(redirectUri);
    current.search = query;
    try {
      const tokens = await openid.authorizationCodeGrant(provider, current, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const claims = await this.#claims(provider, tokens);
      return await ensureOidcAccount(this.#db, personOf(claims, this.#config.roles));
    } catch (error) {
      throw asOidcError(error);
    }
  }

  /** Providers differ in where they put names and roles: into the ID token, the user info or, as Keycloak, the access token. */
  async #claims(
    provider: openid.Configuration,
    tokens: openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers,
  ): Promise<{ identity: openid.IDToken; more: Record<string, unknown>[] }> {
    const identity = tokens.claims();
    if (!identity) throw new OidcError('the provider sent no ID token');
    const more: Record<string, unknown>[] = [accessClaims(tokens.access_token)];
    if (provider.serverMetadata().userinfo_endpoint) {
      more.push(await openid.fetchUserInfo(provider, tokens.access_token, identity.sub));
    }
    return { identity, more };
  }

  /** The provider's addresses and keys, asked when first needed; a failure is forgotten, so that the next login asks again. */
  async #discovered(): Promise<openid.Configuration> {
    const { issuer, clientId, clientSecret } = this.#config;
    const method = clientSecret === undefined ? openid.None() : openid.ClientSecretPost(clientSecret);
    // The configuration lets plain HTTP through for providers on this machine only.
    const execute = issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [];
    const options = { timeout: timeoutSeconds, execute };
    this.#provider ??= openid.discovery(new URL(issuer), clientId, undefined, method, options);
    try {
      return await this.#provider;
    } catch (error) {
      this.#provider = undefined;
      throw asOidcError(error);
    }
  }

  #seal(attempt: Attempt): Promise<string> {
    return new EncryptJWT({ ...attempt })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setExpirationTime(`${attemptSeconds}s`)
      .encrypt(this.#key);
  }

  async #unseal(sealed: string | undefined): Promise<Attempt> {
    try {
      const { payload } = await jwtDecrypt(sealed ?? '', this.#key);
      return payload as unknown as Attempt;
    } catch {
      throw new OidcError('this login was not begun in this browser, or took too long: begin again');
    }
  }
}

/** Claims of an access token that is a JWT. It came from the provider itself over TLS, so its signature proves nothing more. */
function accessClaims(token: string): Record<string, unknown> {
  try {
    return decodeJwt(token);
  } catch {
    return {};
  }
}

function asOidcError(error: unknown): OidcError {
  if (error instanceof OidcError) return error;
  const { message, error_description: description } = error as {
    message: string;
    error_description?: string;
  };
  return new OidcError(`the login at the provider failed: ${description ?? message}`, { cause: error });
}
