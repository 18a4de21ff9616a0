import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Caller } from '../../clearml/endpoint.ts';
import type { Db } from '../../platform/database.ts';
import { newId, randomText, sha256 } from '../../platform/ids.ts';
import type { SessionClaims } from './sessions.ts';

/** Keys that leaked into a repository are found by scanners through this prefix. */
export const accessTokenPrefix = 'arno_';

/** Accounts that nobody disabled: all who prove who they are are looked up here. */
function callers(db: Db) {
  return accounts(db).where('users.disabled', 'is', null);
}

function accounts(db: Db) {
  return db
    .selectFrom('users')
    .innerJoin('companies', 'companies.id', 'users.company')
    .select([
      'users.id as userId',
      'users.name as userName',
      'users.company as company',
      'companies.name as companyName',
      'users.role as role',
      'users.is_agent as isAgent',
    ]);
}

type CallerRow = Omit<Caller, 'role' | 'isAgent'> & { role: string; isAgent: boolean };

function toCaller(row: CallerRow | undefined): Caller | undefined {
  if (!row) return undefined;
  const { isAgent, role, ...person } = row;
  return { ...person, role: role as Caller['role'], ...(isAgent && { isAgent }) };
}

export async function callerById(db: Db, userId: string): Promise<Caller | undefined> {
  return toCaller(await callers(db).where('users.id', '=', userId).executeTakeFirst());
}

/** An account, also a disabled one: for those who administer it, and never for who calls. */
export async function accountById(db: Db, userId: string): Promise<Caller | undefined> {
  return toCaller(await accounts(db).where('users.id', '=', userId).executeTakeFirst());
}

/** The owner of a session, and whether the session was ended: logged out, or what it is bound to no longer holds. */
export async function callerOfSession(db: Db, claims: SessionClaims) {
  const row = await callers(db)
    .select(endedEarly(claims).as('revoked'))
    .where('users.id', '=', claims.userId)
    .executeTakeFirst();
  if (!row) return undefined;
  const { revoked, ...caller } = row;
  return { revoked, caller: toCaller(caller) as Caller };
}

function endedEarly({ sessionId, generation, proof, makerGeneration }: SessionClaims) {
  const { rootSession, key, accessToken, madeBy } = proof;
  const unless = (holds: RawBuilder<unknown>, given: unknown) =>
    given === undefined ? sql`` : sql`OR NOT EXISTS (${holds})`;
  return sql<boolean>`(users.session_generation <> ${generation}
    OR EXISTS (SELECT FROM revoked_sessions WHERE session_id IN (${sessionId}, ${rootSession}))
    ${unless(sql`SELECT FROM credentials WHERE access_key = ${key}`, key)}
    ${unless(sql`SELECT FROM access_tokens WHERE access_tokens.id = ${accessToken}`, accessToken)}
    ${unless(sql`SELECT FROM users AS maker WHERE maker.id = ${madeBy} AND maker.session_generation = ${makerGeneration}`, madeBy)})`;
}

/** The present `session_generation` of those of these users that are not disabled. */
export async function sessionGenerations(db: Db, userIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('users')
    .select(['id', 'session_generation'])
    .where('id', 'in', [...userIds])
    .where('disabled', 'is', null)
    .execute();
  return new Map(rows.map(({ id, session_generation: generation }) => [id, generation]));
}

/** Ends a session, and those that were made with it if it is the first of them; forgets those that would have ended by now anyway. */
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
export async function callerByKeyPair(
  db: Db,
  accessKey: string,
  secretKey: string,
  from: string,
): Promise<Caller | undefined> {
  const used = await db
    .updateTable('credentials')
    .set({ last_used: new Date(), last_used_from: from })
    .where('access_key', '=', accessKey)
    .where('secret_hash', '=', sha256(secretKey))
    .returning('user_id')
    .executeTakeFirst();
  const caller = used && (await callerById(db, used.user_id));
  return caller && { ...caller, proof: { key: accessKey } };
}

/** The owner of a personal token that has not expired; notes its use, at most once a minute. */
export async function callerByAccessToken(db: Db, token: string): Promise<Caller | undefined> {
  const row = await callers(db)
    .innerJoin('access_tokens', 'access_tokens.user_id', 'users.id')
    .select(['access_tokens.id as tokenId', 'access_tokens.last_used as lastUsed', 'expires'])
    .where('token_hash', '=', sha256(token))
    .where(sql<SqlBool>`coalesce(expires > now(), true)`)
    .executeTakeFirst();
  if (!row) return undefined;
  const { tokenId, lastUsed, expires, ...owner } = row;
  if (!lastUsed || Date.now() - lastUsed.getTime() > 60_000) {
    await db.updateTable('access_tokens').set({ last_used: new Date() }).where('id', '=', tokenId).execute();
  }
  const caller = toCaller(owner);
  return caller && { ...caller, proof: { accessToken: tokenId, ...(expires && { expiresAt: expires }) } };
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

/** Deletes a key pair of this user; answers what it was called, undefined when there was none. */
export function revokeKeyPair(db: Db, userId: string, accessKey: string) {
  return db
    .deleteFrom('credentials')
    .where('user_id', '=', userId)
    .where('access_key', '=', accessKey)
    .returning(['access_key', 'label'])
    .executeTakeFirst();
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

/** Deletes a token of this user; answers what it was called, undefined when there was none. */
export function revokeAccessToken(db: Db, userId: string, id: string) {
  return db
    .deleteFrom('access_tokens')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .returning(['id', 'name'])
    .executeTakeFirst();
}
