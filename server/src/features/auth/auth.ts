import type { IncomingHttpHeaders } from 'node:http';
import type { Kysely } from 'kysely';
import type { Caller } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { cookieOf } from '../../platform/cookies.ts';
import type { DB } from '../../platform/schema.ts';
import { impersonated } from './impersonation.ts';
import { verifyPassword } from './passwords.ts';
import { listSession, Sightings, unlistSession } from './session-list.ts';
import { type Session, Sessions } from './sessions.ts';
import * as store from './store.ts';

/** The cookie that speaks for a browser's session; the name is the protocol's. */
export const sessionCookie = 'clearml_token_basic';

/**
 * The value of a `Set-Cookie` for a session, or one that clears it: scripts cannot read it and other sites cannot make a
 * browser send it.
 *
 * @param isSecure whether the browser came over TLS, and must not send it otherwise
 */
export function sessionCookieOf(token: string, expires: Date, isSecure = false): string {
  const attributes = `Path=/; Expires=${expires.toUTCString()}; HttpOnly; SameSite=Strict`;
  return `${sessionCookie}=${token}; ${attributes}${isSecure ? '; Secure' : ''}`;
}

/** What of a request tells who sent it. */
export interface RequestOrigin {
  ip: string;
  headers: IncomingHttpHeaders;
}

/** Answers who calls, and manages what they prove it with: passwords, key pairs, personal tokens, sessions. */
export class Auth {
  readonly #db: Kysely<DB>;
  readonly #sessions: Sessions;
  readonly #sightings: Sightings;
  readonly #allowedOrigins: readonly string[];

  /** @param allowedOrigins whose pages may use the session of a browser beside our own */
  constructor(db: Kysely<DB>, secret: string, allowedOrigins: readonly string[] = []) {
    this.#db = db;
    this.#allowedOrigins = allowedOrigins;
    this.#sessions = new Sessions(secret);
    this.#sightings = new Sightings(db);
  }

  /**
   * The caller of a request, by Bearer token, Basic key pair or session cookie; or whom an administrator speaks for, when the
   * request names somebody.
   *
   * @throws ClearmlError 401: 20 nothing given, 21 unreadable, 22 wrong key pair, 30 wrong token, 31 revoked session;
   *   400/6 for an impersonation that is not allowed
   */
  async authenticate(authorization: string | undefined, request: RequestOrigin): Promise<Caller> {
    return impersonated(this.#db, await this.#ownCaller(authorization, request), request.headers);
  }

  async #ownCaller(authorization: string | undefined, request: RequestOrigin): Promise<Caller> {
    const { scheme, value } = credentialsOf(authorization);
    switch (scheme) {
      case 'bearer':
        return this.#callerOfToken(value, request);
      case 'basic':
        return this.#callerOfKeyPair(value, request.ip);
    }
    if (authorization) throw new ClearmlError('bad_credentials', 'use Authorization: Bearer or Basic');
    const cookie = this.#sessionOf(request);
    if (!cookie) throw new ClearmlError('no_credentials');
    return this.#callerOfToken(cookie, request);
  }

  /**
   * The person, or the program of a task, that a session token or a personal token speaks for; throws 401/30, also for an agent,
   * and 401/31 for a session that was ended.
   */
  async callerOfToken(token: string): Promise<Caller> {
    const caller = await this.#callerOfToken(token);
    if (caller.isAgent) throw new ClearmlError('invalid_token', 'agents have no business here');
    return caller;
  }

  async #callerOfToken(token: string, origin?: RequestOrigin): Promise<Caller> {
    if (token.startsWith(store.accessTokenPrefix)) {
      const caller = await this.callerOfAccessToken(token);
      if (!caller) throw new ClearmlError('invalid_token');
      return caller;
    }
    const claims = await this.#sessions.read(token);
    const found = await store.callerOfSession(this.#db, claims);
    if (!found) throw new ClearmlError('invalid_token');
    if (found.revoked) throw new ClearmlError('blocked_token', 'log in again');
    const { proof, task } = claims;
    const caller = { ...found.caller, proof };
    if (task !== undefined) return asProgram(caller, task);
    // Who has somebody speak for them is not here themselves.
    const isThemselves = proof.madeBy === undefined;
    if (isThemselves) await this.#sightings.note(caller.userId, origin && { id: proof.rootSession, origin });
    return caller;
  }

  /** Ends the session that the request speaks for, if it does for one; the other ways to prove who one is have no end. */
  async endSession(authorization: string | undefined, request: RequestOrigin): Promise<void> {
    const { scheme, value } = credentialsOf(authorization);
    const token = scheme === 'bearer' ? value : this.#sessionOf(request);
    if (!token || token.startsWith(store.accessTokenPrefix)) return;
    const claims = await this.#sessions.read(token).catch((error) => {
      if (!(error instanceof ClearmlError)) throw error;
      return undefined;
    });
    if (!claims) return;
    await store.revokeSession(this.#db, claims);
    await unlistSession(this.#db, claims.sessionId);
  }

  async callerOfAccessToken(token: string): Promise<Caller | undefined> {
    const caller = await store.callerByAccessToken(this.#db, token);
    if (caller) await this.#sightings.note(caller.userId);
    return caller;
  }

  async #callerOfKeyPair(encoded: string, ip: string): Promise<Caller> {
    const pair = Buffer.from(encoded, 'base64').toString('latin1');
    const separator = pair.indexOf(':');
    if (separator < 1)
      throw new ClearmlError('bad_credentials', 'Basic needs base64 of access_key:secret_key');
    const caller = await store.callerByKeyPair(
      this.#db,
      pair.slice(0, separator),
      pair.slice(separator + 1),
      ip,
    );
    if (!caller) throw new ClearmlError('invalid_credentials');
    await this.#sightings.note(caller.userId);
    return caller;
  }

  /** Whose user name and password these are; undefined when they do not fit, or the account is disabled. */
  async callerOfPassword(username: string, password: string): Promise<Caller | undefined> {
    const found = await store.callerByUsername(this.#db, username);
    const fits = await verifyPassword(password, found?.passwordHash);
    return fits ? found?.caller : undefined;
  }

  /** Logs a browser in: a session that its owner and administrators see in a list and can end there. */
  async logIn(caller: Caller, origin: RequestOrigin): Promise<Session> {
    const session = await this.openSession(caller);
    const { sessionId: id, expiresAt: expires, generation } = session;
    await listSession(this.#db, { id, userId: caller.userId, generation, expires }, origin);
    await this.#sightings.note(caller.userId);
    return session;
  }

  /**
   * A session of the caller. It ends with what they proved themselves with: when that expires or is revoked, when they are deleted
   * or get another role, and the same for whoever speaks for them.
   *
   * @param seconds wanted life
   */
  async openSession(caller: Caller, seconds?: number): Promise<Session> {
    const { userId, proof } = caller;
    const maker = proof?.madeBy;
    const found = await store.sessionGenerations(this.#db, maker === undefined ? [userId] : [userId, maker]);
    const user = found.get(userId);
    if (user === undefined) throw new ClearmlError('invalid_user_id', `id=${userId}`);
    const generations = { user, ...(maker !== undefined && { maker: found.get(maker) ?? -1 }) };
    return this.#sessions.issue(caller, generations, seconds);
  }

  /** The session cookie, unless a page of an origin that is not allowed made the browser send it. */
  #sessionOf({ headers }: RequestOrigin): string | undefined {
    const site = headers['sec-fetch-site'];
    // A page on another port of this host counts as the same site, and is no more ours than any other.
    const isOurs = site === undefined || site === 'same-origin' || site === 'none';
    const isAllowed = headers.origin !== undefined && this.#allowedOrigins.includes(headers.origin);
    return isOurs || isAllowed ? cookieOf(headers.cookie, sessionCookie) : undefined;
  }

  createKeyPair(userId: string, label?: string) {
    return store.createKeyPair(this.#db, userId, label);
  }

  /** Whether the pair is valid and this user's. */
  async ownsKeyPair(userId: string, accessKey: string, secretKey: string): Promise<boolean> {
    return (await store.callerByKeyPair(this.#db, accessKey, secretKey, 'this machine'))?.userId === userId;
  }

  listKeyPairs(userId: string) {
    return store.listKeyPairs(this.#db, userId);
  }

  revokeKeyPair(userId: string, accessKey: string) {
    return store.revokeKeyPair(this.#db, userId, accessKey);
  }

  createAccessToken(userId: string, name: string, expires?: Date) {
    return store.createAccessToken(this.#db, userId, name, expires);
  }

  listAccessTokens(userId: string) {
    return store.listAccessTokens(this.#db, userId);
  }

  revokeAccessToken(userId: string, id: string) {
    return store.revokeAccessToken(this.#db, userId, id);
  }
}

/**
 * A program that runs for somebody: it speaks the API with their own things, also for an end user, who themselves only call what
 * was published to them.
 */
function asProgram(caller: Caller, task: string): Caller {
  return { ...caller, task, role: caller.role === 'user' ? 'developer' : caller.role };
}

function credentialsOf(authorization: string | undefined): { scheme: string; value: string } {
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(authorization ?? '') ?? [];
  return { scheme: scheme.toLowerCase(), value };
}
