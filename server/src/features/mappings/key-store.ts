import { createHash } from 'node:crypto';
import { type SqlBool, sql } from 'kysely';
import type { Caller, Scope } from '../../clearml/endpoint.ts';
import type { Db } from '../../platform/database.ts';
import type { KeyedMapping } from './keys.ts';

/** What is stored of a secret, which is random: comparing hashes leaks nothing, and no salt is needed. */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

const columnOf = { task_mappings: 'task_mapping_id', endpoint_mappings: 'endpoint_mapping_id' } as const;

/** The alias of a mapping of the company, which stays until the transaction ends; undefined when there is none. */
export async function mappingAlias(
  { db, caller }: Scope,
  { table, id }: KeyedMapping,
): Promise<string | undefined> {
  const { rows } = await sql<{ alias: string }>`
    SELECT alias FROM ${sql.table(table)} WHERE id = ${id} AND company = ${caller.company} FOR KEY SHARE`.execute(
    db,
  );
  return rows[0]?.alias;
}

export async function insertKey(
  { db, caller, now }: Scope,
  { table, id: mappingId }: KeyedMapping,
  key: { id: string; name: string; hash: Buffer; expires: Date | null },
): Promise<void> {
  const { company, userId } = caller;
  await db
    .insertInto('consumer_keys')
    .values({ ...key, [columnOf[table]]: mappingId, company, created: now, created_by: userId })
    .execute();
}

/** The keys of a mapping without their secrets, newest first. */
export function listKeys({ db, caller }: Scope, { table, id }: KeyedMapping) {
  return db
    .selectFrom('consumer_keys as key')
    .leftJoin('users', 'users.id', 'key.created_by')
    .select(['key.id', 'key.name', 'key.created', 'key.created_by', 'users.name as maker'])
    .select(['key.expires', 'key.previous_expires', 'key.last_used'])
    .where('key.company', '=', caller.company)
    .where(`key.${columnOf[table]}`, '=', id)
    .orderBy('key.created', 'desc')
    .orderBy('key.id')
    .limit(1000)
    .execute();
}

export type KeyRow = Awaited<ReturnType<typeof listKeys>>[number];

/** A key of this mapping, kept from other writers until the transaction ends. */
export function lockKey({ db, caller }: Scope, { table, id: mappingId }: KeyedMapping, id: string) {
  return db
    .selectFrom('consumer_keys')
    .select(['id', 'name', 'expires'])
    .where('id', '=', id)
    .where('company', '=', caller.company)
    .where(columnOf[table], '=', mappingId)
    .forUpdate()
    .executeTakeFirst();
}

export async function replaceSecret(
  { db }: Scope,
  id: string,
  changes: { hash: Buffer; expires: Date | null; previous_expires: Date },
): Promise<void> {
  await db
    .updateTable('consumer_keys')
    .set((row) => ({ ...changes, previous_hash: row.ref('hash') }))
    .where('id', '=', id)
    .execute();
}

/** Ends a key with all its secrets. */
export async function deleteKey({ db }: Scope, id: string): Promise<void> {
  await db.deleteFrom('consumer_keys').where('id', '=', id).execute();
}

/** A key that calls. */
export interface CallingKey {
  id: string;
  name: string;
  mappingId: string;
  /** The user is who made the key. */
  caller: Caller;
  /** When this secret ends; null when it does not. */
  ends: Date | null;
}

/** The key that a secret belongs to, when it is good still; notes its use, at most once a minute. */
export async function keyOfSecret(db: Db, secret: string): Promise<CallingKey | undefined> {
  const hash = hashOf(secret);
  const row = await db
    .selectFrom('consumer_keys as key')
    .innerJoin('companies', 'companies.id', 'key.company')
    .select([
      'key.id',
      'key.name',
      'key.company',
      'companies.name as companyName',
      'key.created_by as userId',
    ])
    .select([
      'key.last_used as lastUsed',
      sql<string>`coalesce(task_mapping_id, endpoint_mapping_id)`.as('mappingId'),
    ])
    .select(sql<Date | null>`CASE WHEN hash = ${hash} THEN expires ELSE previous_expires END`.as('ends'))
    .where(sql<SqlBool>`(hash = ${hash} AND coalesce(expires > now(), true)
      OR previous_hash = ${hash} AND previous_expires > now())`)
    .executeTakeFirst();
  if (!row) return undefined;
  const { id, name, mappingId, ends, lastUsed, company, companyName, userId } = row;
  if (!lastUsed || Date.now() - lastUsed.getTime() > 60_000) {
    await db.updateTable('consumer_keys').set({ last_used: new Date() }).where('id', '=', id).execute();
  }
  return {
    id,
    name,
    mappingId,
    ends,
    caller: { userId, userName: name, company, companyName, role: 'user' },
  };
}
