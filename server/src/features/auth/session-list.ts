import { sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Scope } from '../../clearml/endpoint.ts';
import type { Db } from '../../platform/database.ts';
import type { RequestOrigin } from './auth.ts';

/** A login with a browser that has not ended. */
export interface BrowserSession {
  id: string;
  created: Date;
  expires: Date;
  /** To the minute. */
  lastUsed: Date;
  /** Where it was used last. */
  address: string;
  /** The browser's own words, `User-Agent`. */
  agent: string;
}

const maxAgentChars = 500;

function whereFrom({ ip, headers }: RequestOrigin) {
  return { address: ip, agent: (headers['user-agent'] ?? '').slice(0, maxAgentChars) };
}

/** Lists a session that was opened for a browser; forgets those that have ended by themselves. */
export async function listSession(
  db: Db,
  session: { id: string; userId: string; generation: number; expires: Date },
  origin: RequestOrigin,
): Promise<void> {
  await db.deleteFrom('sessions').where('expires', '<', new Date()).execute();
  const { id, userId: user_id, generation, expires } = session;
  await db
    .insertInto('sessions')
    .values({ id, user_id, generation, expires, ...whereFrom(origin) })
    .execute();
}

export async function unlistSession(db: Db, id: string): Promise<void> {
  await db.deleteFrom('sessions').where('id', '=', id).execute();
}

/** The logins of a person that still hold, the one used last first. */
export async function sessionsOf(db: Db, userId: string): Promise<BrowserSession[]> {
  return db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select(['sessions.id', 'sessions.created', 'expires', 'last_used as lastUsed', 'address', 'agent'])
    .where('user_id', '=', userId)
    .where('expires', '>', new Date())
    .whereRef('generation', '=', 'users.session_generation')
    .orderBy('last_used', 'desc')
    .execute();
}

/** Ends logins of a person by their ids; answers how many there were. The handle must be a transaction. */
export async function endSessions({ db }: Scope, userId: string, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const ended = await db
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .where('id', 'in', [...ids])
    .returning(['id as session_id', 'expires'])
    .execute();
  if (ended.length === 0) return 0;
  await db
    .insertInto('revoked_sessions')
    .values(ended)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return ended.length;
}

/** Ends all sessions of a person, also those that programs opened with a key pair. */
export async function endAllSessions({ db }: Scope, userId: string): Promise<void> {
  await db
    .updateTable('users')
    .set({ session_generation: sql`session_generation + 1` })
    .where('id', '=', userId)
    .execute();
  await db.deleteFrom('sessions').where('user_id', '=', userId).execute();
}

const noteEveryMs = 60_000;

/** Notes when people and their sessions were seen, at most once a minute each. */
export class Sightings {
  readonly #db: Db;
  readonly #noted = new LRUCache<string, true>({ max: 10_000, ttl: noteEveryMs });

  constructor(db: Db) {
    this.#db = db;
  }

  /** @param session the first of its line, when it came with one */
  async note(userId: string, session?: { id: string; origin: RequestOrigin }): Promise<void> {
    const key = session?.id ?? userId;
    if (this.#noted.has(key)) return;
    this.#noted.set(key, true);
    await sql`
      UPDATE users SET last_seen = now()
      WHERE id = ${userId} AND coalesce(last_seen < now() - interval '1 minute', true)`.execute(this.#db);
    if (!session) return;
    await this.#db
      .updateTable('sessions')
      .set({ last_used: new Date(), ...whereFrom(session.origin) })
      .where('id', '=', session.id)
      .execute();
  }
}
