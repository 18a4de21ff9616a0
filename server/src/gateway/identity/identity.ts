import type { Kysely } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Caller } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { type Auth, accessTokenPrefix } from '../../features/auth/index.ts';
import {
  AccessTokenError,
  type AccessTokens,
  accountOf,
  ProviderUnavailable,
  unverifiedClaims,
} from '../../features/login/index.ts';
import { consumerKeyPrefix, keyOfSecret } from '../../features/mappings/index.ts';
import { sha256 } from '../../platform/ids.ts';
import type { DB } from '../../platform/schema.ts';
import { GatewayError } from '../errors.ts';
import { type GatewayCaller, rolesOf } from './caller.ts';
import type { Strangers } from './strangers.ts';

export interface IdentityOptions {
  db: Kysely<DB>;
  auth: Auth;
  /** Of the single sign-on's provider; undefined without one. */
  accessTokens: AccessTokens | undefined;
  strangers: Strangers;
  /** So long a caller is believed without another look at the database, and what is revoked there goes on; 5,000 when not given. */
  believedMs?: number;
}

const maxKept = 10_000;
/** Of a bearer token as RFC 6750 has it; longer than any that fits into a header. */
const wellFormed = /^[\w.~+/-]{1,16384}=*$/;

/** What a look-up starts from. */
interface Question {
  token: string;
  peer: string;
}

interface Found {
  caller: GatewayCaller;
  /** When the token ends; null when it does not, or when it is looked at often enough. */
  ends?: Date | null | undefined;
}

/**
 * The tokens that came with a request, the one that counts first. Only what the caller sends on purpose is one: a browser's
 * session cookie is not, or any page could make its visitors call.
 *
 * @param inBody the `access_token` of a legacy body
 */
export function presentedTokens(authorization: string | undefined, inBody?: unknown): string[] {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  return [inBody, bearer].filter((token) => typeof token === 'string' && token !== '') as string[];
}

/** Tells who calls, by any kind of token. A caller is kept for seconds, under the SHA-256 of the token. */
export class Identity {
  readonly #options: IdentityOptions;
  readonly #callers: LRUCache<string, GatewayCaller, Question>;
  /** Of tokens, by the connections that are open. */
  readonly #lastKeys = new WeakMap<object, { token: string; key: string }>();

  constructor(options: IdentityOptions) {
    const { believedMs = 5_000 } = options;
    this.#options = options;
    this.#callers = new LRUCache({
      max: maxKept,
      ttl: believedMs,
      ignoreFetchAbort: true,
      fetchMethod: async (_key, _old, { context, options: kept }) => {
        // From before the look, because what it saw may have been revoked while it came back.
        const until = Date.now() + believedMs;
        const { caller, ends } = await this.#find(context);
        kept.ttl = Math.max(1, Math.min(until, ends?.getTime() ?? until) - Date.now());
        return caller;
      },
    });
  }

  /**
   * Who calls.
   *
   * @param peer address that the request came from
   * @throws GatewayError unauthorized, forbidden for a person whose account was removed, too_many_requests, issuer_unavailable
   */
  async identify([token]: readonly string[], peer: string): Promise<GatewayCaller> {
    if (!token) throw new GatewayError('unauthorized', `the call has no token; ${this.#remedy}`);
    if (!wellFormed.test(token)) throw this.#unknown();
    const caller = await this.#callers.fetch(sha256(token), { context: { token, peer } });
    if (!caller) throw new Error('a token was neither known nor refused');
    return caller;
  }

  /**
   * Who called a moment ago, at once; undefined when identify() must look.
   *
   * @param connection that the token came on; most present the same one again, and to hash it takes as long as all else here
   */
  known([token]: readonly string[], connection: object): GatewayCaller | undefined {
    if (token === undefined) return undefined;
    let last = this.#lastKeys.get(connection);
    if (last?.token !== token) {
      last = { token, key: sha256(token) };
      this.#lastKeys.set(connection, last);
    }
    return this.#callers.get(last.key);
  }

  #find(question: Question): Promise<Found> {
    const { token } = question;
    if (token.startsWith(consumerKeyPrefix)) return this.#ofKey(token);
    const { accessTokens } = this.#options;
    return accessTokens && !isOurs(token) ? this.#ofProvider(accessTokens, question) : this.#ofOurs(token);
  }

  async #ofKey(secret: string): Promise<Found> {
    const found = await keyOfSecret(this.#options.db, secret);
    if (!found) throw this.#unknown();
    const { caller, ends, ...key } = found;
    return { caller: { ...caller, roles: [], groups: [], key }, ends };
  }

  async #ofOurs(token: string): Promise<Found> {
    const { auth, db } = this.#options;
    const caller = await auth.callerOfToken(token).catch((error) => {
      throw error instanceof ClearmlError ? this.#unknown() : error;
    });
    const said = await db
      .selectFrom('users')
      .select(['oidc_roles', 'oidc_groups'])
      .where('id', '=', caller.userId)
      .executeTakeFirst();
    if (!said) throw this.#unknown();
    return { caller: withRights(caller, said.oidc_roles, said.oidc_groups) };
  }

  async #ofProvider(accessTokens: AccessTokens, { token, peer }: Question): Promise<Found> {
    const { db, strangers } = this.#options;
    try {
      const { person, expires } = await accessTokens.verify(token, () => strangers.requireRoom(peer));
      const account = await accountOf(db, person);
      if (!account)
        throw new GatewayError(
          'forbidden',
          'your account here was removed or disabled; ask an administrator',
        );
      // The token's own role: one that was made to say less than its person may is worth less.
      const caller = { ...account, role: person.role };
      return { caller: withRights(caller, person.roles, person.groups), ends: expires };
    } catch (error) {
      if (error instanceof AccessTokenError) {
        throw new GatewayError('unauthorized', `the access token ${error.message}`);
      }
      if (!(error instanceof ProviderUnavailable)) throw error;
      const message = 'the identity provider does not answer, so the token cannot be checked; try again';
      throw new GatewayError('issuer_unavailable', message, error.message, 5);
    }
  }

  get #remedy(): string {
    const issuer = this.#options.accessTokens?.issuer;
    const theirs = issuer === undefined ? '' : `, or an access token of ${issuer}`;
    return `send Authorization: Bearer with a personal token or a consumer key${theirs}`;
  }

  #unknown(): GatewayError {
    return new GatewayError('unauthorized', `the token is wrong, revoked or expired; ${this.#remedy}`);
  }
}

/** A personal token by its beginning; a session token is a JWT that names no issuer. */
function isOurs(token: string): boolean {
  if (token.startsWith(accessTokenPrefix)) return true;
  const claims = unverifiedClaims(token);
  return claims !== undefined && claims.iss === undefined;
}

function withRights(caller: Caller, theirRoles: readonly string[], groups: readonly string[]): GatewayCaller {
  return { ...caller, roles: rolesOf(caller.role, theirRoles), groups };
}
