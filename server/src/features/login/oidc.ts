import { hkdfSync } from 'node:crypto';
import { decodeJwt, EncryptJWT, jwtDecrypt } from 'jose';
import type { Kysely } from 'kysely';
import * as openid from 'openid-client';
import type { Caller } from '../../clearml/endpoint.ts';
import type { DB } from '../../platform/schema.ts';
import { personOf } from './claims.ts';
import { ProviderUnavailable, reasonOf } from './failures.ts';
import type { OidcProvider } from './provider.ts';
import { ensureOidcAccount } from './store.ts';

/** A single sign-on that came to nothing; its message is for the person who tried. */
export class OidcError extends Error {
  override readonly name = 'OidcError';
}

/** How long a person may take at the provider. */
const attemptSeconds = 600;

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
  readonly #provider: OidcProvider;
  readonly #key: Uint8Array;

  /** @param secret of this installation; what is derived from it here is good for nothing else */
  constructor(db: Kysely<DB>, provider: OidcProvider, secret: string) {
    this.#db = db;
    this.#provider = provider;
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'OIDC attempts', 32));
  }

  /**
   * Where to send the browser, and what it must bring back.
   *
   * @param redirectUri where the provider sends it afterwards; the provider has to know this address
   * @throws OidcError when the provider cannot be reached
   */
  async begin(redirectUri: string): Promise<{ url: string; attempt: string; seconds: number }> {
    const provider = await this.#configuration();
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
    const provider = await this.#configuration();
    const current = new URL(redirectUri);
    current.search = query;
    try {
      const tokens = await openid.authorizationCodeGrant(provider, current, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const { identity, more } = await this.#claims(provider, tokens);
      const person = personOf(identity, [identity, ...more], this.#provider.reading);
      const account = await ensureOidcAccount(this.#db, person);
      if (account) return account;
      throw new OidcError('your account here was removed or disabled: an administrator can let you in again');
    } catch (error) {
      throw asOidcError(error);
    }
  }

  /** Whether the provider can be asked. @throws ProviderUnavailable */
  async checkProvider(): Promise<void> {
    await this.#provider.configuration();
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

  async #configuration(): Promise<openid.Configuration> {
    try {
      return await this.#provider.configuration();
    } catch (error) {
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
  const reason = error instanceof ProviderUnavailable ? error.message : reasonOf(error);
  return new OidcError(`the login at the provider failed: ${reason}`, { cause: error });
}
