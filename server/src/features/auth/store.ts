import { type SqlBool, sql } from 'kysely';
import type { Caller } from '../../clearml/endpoint.ts';
import type { Db } from '../../platform/database.ts';
import { newId, randomText, sha256 } from '../../platform/ids.ts';
import type { SessionClaims } from './sessions.ts';

/** Keys that leaked into a repository are found by scanners through this prefix. */
export const accessTokenPrefix = 'arno_';

function callers(db: Db) {
  return db
    .selectFrom('users')
    .innerJoin('companies', 'companies.id', 'users.company')
    .select([
      'users.id as userId',
      'users.name as userName',
      'users.company as company',
      'companies.name as companyName',
      'users.role as role',
    ]);
}

type CallerRow = Omit<Caller, 'role'> & { role: string };

function toCaller(row: CallerRow | undefined): Caller | undefined {
  return row && { ...row, role: row.role as Caller['role'] };
}

export async function callerById(db: Db, userId: string): Promise<Caller | undefined> {
  return toCaller(await callers(db).where('users.id', '=', userId).executeTakeFirst());
}

/** The owner of a session, and whether the session was ended. */
export async function callerOfSession(db: Db, { userId, sessionId }: SessionClaims) {
  const row = await callers(db)
    .select(sql<boolean>`EXISTS (SELECT FROM revoked_sessions WHERE session_id = ${sessionId})`.as('revoked'))
    .where('users.id', '=', userId)
    .executeTakeFirst();
  if (!row) return undefined;
  const { revoked, ...caller } = row;
  return { revoked, caller: toCaller(caller) as Caller };
}

/** Ends a session; forgets those that would have ended by now anyway. */
export async function revokeSession(db: Db, { sessionId, expiresAt }: SessionClaims): Promise<void> {
  await sql`DELETE FROM revoked_sessions WHERE expires < now()`.execute(db);
  await db
    .insertInto('revoked_sessions')
    .values({ session_id: sessionId, expires: expiresAt })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** The caller with this user name and the stored form of their password. */
export async function callerByUsername(db: Db, username: string) {
  const row = await callers(db)
    .select('users.password_hash as passwordHash')
    .where('users.username', '=', username)
    .executeTakeFirst();
  if (!row) return undefined;
  const { passwordHash, ...caller } = row;
  return { passwordHash, caller: toCaller(caller) as Caller };
}

/** The owner of a key pair; notes its use. The secret is random, so comparing hashes leaks nothing. */
export async function callerByKeyPair(db: Db, accessKey: string, secretKey: string, from: string) {
  const used = await db
    .updateTable('credentials')
    .set({ last_used: new Date(), last_used_from: from })
    .where('access_key', '=', accessKey)
    .where('secret_hash', '=', sha256(secretKey))
    .returning('user_id')
    .executeTakeFirst();
  return used && callerById(db, used.user_id);
}

/** The owner of a personal token that has not expired; notes its use, at most once a minute. */
export async function callerByAccessToken(db: Db, token: string): Promise<Caller | undefined> {
  const row = await callers(db)
    .innerJoin('access_tokens', 'access_tokens.user_id', 'users.id')
    .select(['access_tokens.id as tokenId', 'access_tokens.last_used as lastUsed'])
    .where('token_hash', '=', sha256(token))
    .where(sql<SqlBool>`coalesce(expires > now(), true)`)
    .executeTakeFirst();
  if (!row) return undefined;
  const { tokenId, lastUsed, ...caller } = row;
  if (!lastUsed || Date.now() - lastUsed.getTime() > 60_000) {
    await db.updateTable('access_tokens').set({ last_used: new Date() }).where('id', '=', tokenId).execute();
  }
  return toCaller(caller);
}

/** Makes a key pair; this is the only time its secret can be read. */
export async function createKeyPair(db: Db, userId: string, label?: string) {
  const accessKey = randomText(15).toUpperCase().replaceAll(/[-_]/g, 'X');
  const secretKey = randomText(32);
  await db
    .insertInto('credentials')
    .values({ access_key: accessKey, user_id: userId, secret_hash: sha256(secretKey), label: label ?? null })
    .execute();
  return { accessKey, secretKey };
}

export function listKeyPairs(db: Db, userId: string) {
  return db
    .selectFrom('credentials')
    .select(['access_key', 'label', 'created', 'last_used', 'last_used_from'])
    .where('user_id', '=', userId)
    .orderBy('created', 'desc')
    .execute();
}

/** Names a key pair anew; whether there was such a one of this user. */
export async function labelKeyPair(db: Db, userId: string, accessKey: string, label: string | null) {
  const { numUpdatedRows } = await db
    .updateTable('credentials')
    .set({ label })
    .where('user_id', '=', userId)
    .where('access_key', '=', accessKey)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Whether there was such a key pair of this user. */
export async function revokeKeyPair(db: Db, userId: string, accessKey: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('credentials')
    .where('user_id', '=', userId)
    .where('access_key', '=', accessKey)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Makes a personal token; this is the only time it can be read. */
export async function createAccessToken(db: Db, userId: string, name: string, expires?: Date) {
  const id = newId();
  const token = accessTokenPrefix + randomText(32);
  await db
    .insertInto('access_tokens')
    .values({ id, user_id: userId, name, token_hash: sha256(token), expires: expires ?? null })
    .execute();
  return { id, token };
}

export function listAccessTokens(db: Db, userId: string) {
  return db
    .selectFrom('access_tokens')
    .select(['id', 'name', 'created', 'expires', 'last_used'])
    .where('user_id', '=', userId)
    .orderBy('created', 'desc')
    .execute();
}

/** Whether there was such a token of this user. */
export async function revokeAccessToken(db: Db, userId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('access_tokens')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
