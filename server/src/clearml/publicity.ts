import { type SqlBool, sql } from 'kysely';
import type { Scope } from './endpoint.ts';
import { type OwnedTable, readable, writable } from './rights.ts';

/** Ids of objects that a change to or from public leaves out, and how many it changed. */
export interface PublicityChange {
  updated: number;
  /** Unknown, or not the caller's to change. */
  refused: string[];
}

/**
 * Shows these objects to everybody (company '') or to their own company alone again. Public ones have lost their company but
 * not their owner: he, or an administrator of his company, may take them back. Repeating a change is harmless.
 */
export async function changePublicity(
  scope: Scope,
  table: OwnedTable,
  ids: readonly string[],
  isPublic: boolean,
): Promise<PublicityChange> {
  const { company, userId, role } = scope.caller;
  const owner =
    role === 'admin'
      ? sql`user_id IN (SELECT id FROM users WHERE users.company = ${company})`
      : sql`user_id = ${userId}`;
  const { rows } = await sql<{ id: string; company: string }>`
    SELECT id, company FROM ${sql.table(table)}
    WHERE id = ANY(${ids}::text[]) AND ${readable(scope, table)}
      AND (${writable(scope, table)} OR (company = '' AND ${owner}))
    ORDER BY id FOR UPDATE`.execute(scope.db);
  const target = isPublic ? '' : company;
  const found = new Set(rows.map(({ id }) => id));
  const changed = rows.filter((row) => row.company !== target).map(({ id }) => id);
  await scope.db
    .updateTable(table)
    .set({ company: target, last_update: scope.now })
    .where(sql<SqlBool>`id = ANY(${changed}::text[])`)
    .execute();
  return { updated: changed.length, refused: [...new Set(ids)].filter((id) => !found.has(id)) };
}
