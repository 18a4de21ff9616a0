import type { MappingRestored } from '@arno/protocol';
import { type RawBuilder, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import type { Db } from '../../platform/database.ts';
import { recordMapping, subjectOf } from './changes.ts';
import { lock, type MappingTable, remove, rethrow } from './store.ts';

// A deleted mapping waits a day in deleted_mappings, from where it can be brought back as it was: with its id, public id, alias,
// rights and consumer keys. Only what is needed for that is stored there, hashes of keys and the secret of callbacks included.

const keptFor = sql`interval '24 hours'`;

/**
 * Deletes a mapping with its consumer keys. Endpoints that fell back to it have no fallback from then on.
 *
 * @param scope within a transaction
 * @returns the id of the audit list's entry; undefined when there is no such mapping
 */
export async function removeMapping(
  scope: Scope,
  table: MappingTable,
  id: string,
): Promise<number | undefined> {
  const before = await lock(scope, table, id);
  if (!before) return undefined;
  const endpoints = table === 'task_mappings' ? await setFallback(scope, endpointsTo(id), null) : [];
  await keep(scope, table, id, endpoints);
  await remove(scope, table, id);
  return recordMapping(scope, table, 'delete', { before });
}

async function keep(
  { db, now }: Scope,
  table: MappingTable,
  id: string,
  fallbackOf: string[],
): Promise<void> {
  const keys = sql`(SELECT coalesce(jsonb_agg(to_jsonb(key)), '[]') FROM consumer_keys AS key
    WHERE key.task_mapping_id = ${id} OR key.endpoint_mapping_id = ${id})`;
  await sql`
    INSERT INTO deleted_mappings (id, company, kind, content, keys, fallback_of, deleted)
    SELECT id, company, ${table}, to_jsonb(mapping), ${keys}, ${fallbackOf}::text[], ${now}
    FROM ${sql.table(table)} AS mapping WHERE id = ${id}`.execute(db);
}

/**
 * Brings a mapping back that was deleted within a day.
 *
 * @param scope within a transaction
 * @param auditId of the deletion's entry in the audit list
 * @returns undefined when it cannot be had any more, or is back already
 * @throws MappingError `conflict` when another mapping has taken its alias, task, endpoint or address meanwhile
 */
export async function restoreMapping(scope: Scope, auditId: string): Promise<MappingRestored | undefined> {
  const { db, caller } = scope;
  const id = await deletedBy(scope, auditId);
  if (id === undefined) return undefined;
  const { rows } = await sql<Deleted>`
    DELETE FROM deleted_mappings
    WHERE id = ${id} AND company = ${caller.company} AND deleted > ${scope.now}::timestamptz - ${keptFor}
    RETURNING kind, content, keys, fallback_of`.execute(db);
  const [deleted] = rows;
  if (!deleted) return undefined;
  const { kind, content, keys, fallback_of } = deleted;
  await insertAgain(db, kind, [await withLivingFallback(scope, content)]);
  await insertAgain(db, 'consumer_keys', keys);
  await setFallback(scope, endpointsWithout(fallback_of), id);
  await fallBackWhenRestored(db, fallback_of, id);
  const after = await lock(scope, kind, id);
  await recordMapping(scope, kind, 'restore', { after: after as object });
  return { subject: subjectOf[kind], id };
}

/** The mapping that an entry of the audit list says was deleted. */
async function deletedBy({ db, caller }: Scope, auditId: string): Promise<string | undefined> {
  const entry = await db
    .selectFrom('audit_entries')
    .select('subject_id')
    .where('id', '=', Number(auditId))
    .where('company', '=', caller.company)
    .where('action', '=', 'delete')
    .where('subject', 'in', Object.values(subjectOf))
    .executeTakeFirst();
  return entry?.subject_id;
}

interface Deleted {
  kind: MappingTable;
  content: Record<string, unknown>;
  keys: Record<string, unknown>[];
  fallback_of: string[];
}

/** Rows as they were. A column that came with a migration since then gets its default. */
async function insertAgain(db: Db, table: string, rows: Record<string, unknown>[]): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const columns = sql.join(Object.keys(first).map((name) => sql.ref(name)));
  await sql`
    INSERT INTO ${sql.table(table)} (${columns})
    SELECT ${columns} FROM jsonb_populate_recordset(NULL::${sql.table(table)}, ${JSON.stringify(rows)}::jsonb)`
    .execute(db)
    .catch(rethrow);
}

/** An endpoint whose fallback was deleted too comes back without it, and gets it when that comes back. */
async function withLivingFallback({ db }: Scope, content: Deleted['content']): Promise<Deleted['content']> {
  const { id, fallback_mapping_id: fallback } = content;
  if (!fallback) return content;
  const found = await sql`SELECT FROM task_mappings WHERE id = ${fallback} FOR KEY SHARE`.execute(db);
  if (found.rows.length > 0) return content;
  await sql`UPDATE deleted_mappings SET fallback_of = fallback_of || ${id}::text WHERE id = ${fallback}`.execute(
    db,
  );
  return { ...content, fallback_mapping_id: null };
}

/** The other way round: endpoints that are deleted themselves by now. */
async function fallBackWhenRestored(db: Db, ids: string[], fallback: string): Promise<void> {
  await sql`
    UPDATE deleted_mappings SET content = jsonb_set(content, '{fallback_mapping_id}', to_jsonb(${fallback}::text))
    WHERE id = ANY(${ids}::text[]) AND content -> 'fallback_mapping_id' = 'null'`.execute(db);
}

function endpointsTo(id: string): RawBuilder<unknown> {
  return sql`fallback_mapping_id = ${id}`;
}

function endpointsWithout(ids: string[]): RawBuilder<unknown> {
  return sql`id = ANY(${ids}::text[]) AND fallback_mapping_id IS NULL`;
}

/** Ids of the endpoint mappings that have another fallback now. */
async function setFallback(
  scope: Scope,
  which: RawBuilder<unknown>,
  fallback_mapping_id: string | null,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT * FROM endpoint_mappings WHERE company = ${scope.caller.company} AND ${which} ORDER BY id FOR UPDATE`.execute(
    scope.db,
  );
  for (const before of rows) {
    await sql`
      UPDATE endpoint_mappings SET fallback_mapping_id = ${fallback_mapping_id}, updated = ${scope.now}
      WHERE id = ${before.id}`.execute(scope.db);
    const after = { ...before, fallback_mapping_id };
    await recordMapping(scope, 'endpoint_mappings', 'update', { before, after });
  }
  return rows.map(({ id }) => id);
}

/** Forgets what can be brought back no longer. */
export async function dropDeletedMappings(db: Db): Promise<void> {
  await sql`DELETE FROM deleted_mappings WHERE deleted < now() - ${keptFor}`.execute(db);
}
