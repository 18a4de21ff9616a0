import { errors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { sha256 } from '../../platform/ids.ts';
import { checkAudience, checkKind, unverifiedClaims } from './access-token-claims.ts';
import { AccessTokenError } from './access-token-error.ts';
import { type Claims, type OidcPerson, personOf, roleOf } from './claims.ts';
import { ProviderUnavailable } from './failures.ts';
import { askProvider } from './introspection.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import type { OidcProvider } from './provider.ts';

export interface VerifiedToken {
  person: OidcPerson;
  /** When it ends, the clocks' difference included; undefined when its issuer did not say. */
  expires: Date | undefined;
}

/** Only signatures that who checks them cannot make. */
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** The gateway believes for 5 s more what it was told here: a minute in all. */
const keptMs = 55_000;
const refusalKeptMs = 10_000;
const maxKept = 10_000;
/** Tokens that the provider is asked about at one time. */
const maxAsked = 32;

/**
 * Tells who an access token of the provider speaks for: a JWT by its signature, here; any other by asking the provider. What was
 * found is kept for at most a minute, under the SHA-256 of the token.
 */
export class AccessTokens {
  readonly #provider: OidcProvider;
  readonly #verified: LRUCache<string, VerifiedToken, Question>;
  readonly #refused = new LRUCache<string, AccessTokenError>({ max: maxKept, ttl: refusalKeptMs });
  #asked = 0;

  constructor(provider: OidcProvider) {
    this.#provider = provider;
    this.#verified = new LRUCache({
      max: maxKept,
      ttl: keptMs,
      ignoreFetchAbort: true,
      fetchMethod: async (_key, _old, { context, options }) => {
        // From before the question: the token may be revoked while its answer comes.
        const until = Date.now() + keptMs;
        const found = await this.#examine(context);
        options.ttl = Math.max(1, Math.min(until, found.expires?.getTime() ?? until) - Date.now());
        return found;
      },
    });
  }

  /** Whose tokens it knows. */
  get issuer(): string {
    return this.#provider.config.issuer;
  }

  /**
   * @param beforeAsking may throw to spare the provider a question about a token that is no JWT
   * @throws AccessTokenError, ProviderUnavailable
   */
  async verify(token: string, beforeAsking: () => Promise<void>): Promise<VerifiedToken> {
    const key = sha256(token);
    const found = await this.#verified.fetch(key, { context: { key, token, beforeAsking } });
    if (!found) throw new Error('a token was neither verified nor refused');
    // What the roles mean can have changed since the token was looked at.
    const role = roleOf(found.person.roles, this.#provider.reading.roles);
    return { ...found, person: { ...found.person, role } };
  }

  async #examine(question: Question): Promise<VerifiedToken> {
    const { token } = question;
    const claimed = unverifiedClaims(token);
    if (claimed) {
      if (!isSame(claimed.iss, this.issuer)) {
        throw new AccessTokenError(`was not issued by ${this.issuer}, the only issuer trusted here`);
      }
      const keys = await this.#provider.keys();
      const claims = keys && (await this.#signed(token, keys));
      // Keycloak's lightweight tokens leave their subject for the introspection to say.
      if (claims?.sub) return this.#accept([claims]);
    }
    return this.#accept(await this.#ask(question));
  }

  async #signed(token: string, keys: IssuerKeys): Promise<Claims> {
    const { issuer } = (await this.#provider.configuration()).serverMetadata();
    const { clockSkew: clockTolerance } = this.#provider.config;
    const rules = { algorithms, issuer, clockTolerance, requiredClaims: ['exp'] };
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys.get, rules);
      checkKind(payload, protectedHeader.typ);
      return payload;
    } catch (error) {
      throw asRefusal(error);
    }
  }

  async #ask({ key, token, beforeAsking }: Question): Promise<[Claims, ...Claims[]]> {
    const known = this.#refused.get(key);
    if (known) throw known;
    await beforeAsking();
    if (this.#asked >= maxAsked) throw new ProviderUnavailable('too many tokens wait for its answer');
    this.#asked += 1;
    try {
      return await askProvider(this.#provider, token);
    } catch (error) {
      if (error instanceof AccessTokenError) this.#refused.set(key, error);
      throw error;
    } finally {
      this.#asked -= 1;
    }
  }

  /** @param claims the first of them about the token itself */
  async #accept(claims: [Claims, ...Claims[]]): Promise<VerifiedToken> {
    const { config } = this.#provider;
    const [{ iss, sub, exp, nbf }] = claims;
    const { issuer } = (await this.#provider.configuration()).serverMetadata();
    if (typeof sub !== 'string' || sub === '')
      throw new AccessTokenError('names nobody: it has no subject (sub)');
    if (iss !== undefined && iss !== issuer) throw new AccessTokenError('was issued by somebody else');
    const now = Date.now() / 1000;
    const ends = typeof exp === 'number' ? exp + config.clockSkew : undefined;
    if (ends !== undefined && ends <= now) throw new AccessTokenError('has expired');
    if (typeof nbf === 'number' && nbf - config.clockSkew > now)
      throw new AccessTokenError('is not valid yet');
    checkAudience(claims[0], config.audiences);
    const person = personOf({ iss: issuer, sub }, claims, this.#provider.reading);
    return { person, expires: ends === undefined ? undefined : new Date(ends * 1000) };
  }
}

interface Question {
  key: string;
  token: string;
  beforeAsking(): Promise<void>;
}

/** Providers disagree with their own documents about a slash at the end. The signature is checked with the exact one. */
function isSame(one: unknown, other: string): boolean {
  return typeof one === 'string' && one.replace(/\/$/, '') === other.replace(/\/$/, '');
}

const reasons: Record<string, string> = {
  ERR_JWT_EXPIRED: 'has expired',
  ERR_JOSE_ALG_NOT_ALLOWED: 'is signed with an algorithm that is not accepted',
  ERR_JWKS_NO_MATCHING_KEY: 'is signed with a key that its issuer does not publish',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'has a wrong signature',
};

function asRefusal(error: unknown): unknown {
  if (!(error instanceof errors.JOSEError)) return error;
  if (error instanceof errors.JWTClaimValidationFailed) {
    const words = error.claim === 'nbf' ? 'is not valid yet' : `has a wrong claim ${error.claim}`;
    return new AccessTokenError(words);
  }
  return new AccessTokenError(reasons[error.code] ?? 'is not a JWT that can be read');
}
