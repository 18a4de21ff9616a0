import type { Kysely } from 'kysely';
import type { Caller } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import type { DB } from '../../platform/schema.ts';
import { verifyPassword } from './passwords.ts';
import { type Session, Sessions } from './sessions.ts';
import * as store from './store.ts';

/** The cookie that speaks for a browser's session; the name is the protocol's. */
export const sessionCookie = 'clearml_token_basic';

/** What of a request tells who sent it. */
export interface RequestOrigin {
  ip: string;
  headers: { cookie?: string | undefined; 'sec-fetch-site'?: string | string[] | undefined };
}

/** Answers who calls, and manages what they prove it with: passwords, key pairs, personal tokens, sessions. */
export class Auth {
  readonly #db: Kysely<DB>;
  readonly #sessions: Sessions;

  constructor(db: Kysely<DB>, secret: string) {
    this.#db = db;
    this.#sessions = new Sessions(secret);
  }

  /**
   * The caller of a request, by Bearer token, Basic key pair or session cookie.
   *
   * @throws ClearmlError 401: 20 nothing given, 21 unreadable, 22 wrong key pair, 30 wrong token
   */
  async authenticate(authorization: string | undefined, request: RequestOrigin): Promise<Caller> {
    const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(authorization ?? '') ?? [];
    switch (scheme.toLowerCase()) {
      case 'bearer':
        return this.callerOfToken(value);
      case 'basic':
        return this.#callerOfKeyPair(value, request.ip);
    }
    if (authorization) throw new ClearmlError('bad_credentials', 'use Authorization: Bearer or Basic');
    const cookie = sessionOf(request);
    if (!cookie) throw new ClearmlError('no_credentials');
    return this.callerOfToken(cookie);
  }

  /** The caller of a session token or a personal token; throws 401/30. */
  async callerOfToken(token: string): Promise<Caller> {
    const caller = token.startsWith(store.accessTokenPrefix)
      ? await this.callerOfAccessToken(token)
      : await store.callerById(this.#db, await this.#sessions.userOf(token));
    if (!caller) throw new ClearmlError('invalid_token');
    return caller;
  }

  callerOfAccessToken(token: string): Promise<Caller | undefined> {
    return store.callerByAccessToken(this.#db, token);
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
    return caller;
  }

  /** A session for a user name and password; undefined when they do not fit. */
  async loginWithPassword(
    username: string,
    password: string,
  ): Promise<({ caller: Caller } & Session) | undefined> {
    const found = await store.callerByUsername(this.#db, username);
    const fits = await verifyPassword(password, found?.passwordHash);
    if (!found || !fits) return undefined;
    return { caller: found.caller, ...(await this.openSession(found.caller)) };
  }

  openSession(caller: Caller, seconds?: number): Promise<Session> {
    return this.#sessions.issue(caller, seconds);
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

/** The session cookie, unless a page of another origin made the browser send it. */
function sessionOf(request: RequestOrigin): string | undefined {
  const site = request.headers['sec-fetch-site'];
  // A page on another port of this host counts as the same site, and is no more ours than any other.
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return undefined;
  const cookies = request.headers.cookie?.split(';') ?? [];
  const own = cookies.map((cookie) => cookie.trim()).find((cookie) => cookie.startsWith(`${sessionCookie}=`));
  return own?.slice(sessionCookie.length + 1);
}
