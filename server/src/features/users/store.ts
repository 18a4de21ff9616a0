import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { readable } from '../../clearml/rights.ts';
import { json } from '../../platform/database.ts';
import type { Preferences } from './preferences.ts';

/** The caller as the profile page shows them. */
export async function userProfile({ db, caller }: Scope) {
  const row = await db
    .selectFrom('users')
    .select(['id', 'name', 'given_name', 'family_name', 'avatar', 'email', 'role', 'created', 'preferences'])
    .where('id', '=', caller.userId)
    .executeTakeFirstOrThrow();
  return { ...row, preferences: row.preferences as Preferences };
}

/** The caller's preferences, locked: two tabs that save at once must not undo each other. */
export async function lockPreferences({ db, caller }: Scope): Promise<Preferences> {
  const { preferences } = await db
    .selectFrom('users')
    .select('preferences')
    .where('id', '=', caller.userId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return preferences as Preferences;
}

export async function writePreferences({ db, caller }: Scope, preferences: Preferences): Promise<void> {
  await db
    .updateTable('users')
    .set({ preferences: json(preferences) })
    .where('id', '=', caller.userId)
    .execute();
}

/** Writes these columns of a user; answers how many users were changed. */
export async function writeUser({ db }: Scope, id: string, fields: Record<string, unknown>): Promise<number> {
  if (Object.keys(fields).length === 0) return 0;
  const { numUpdatedRows } = await db
    .updateTable('users')
    .set(fields)
    .where('id', '=', id)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** Users that own something in one of these projects that the caller may see; no project at all means all of those. */
export function activeInProjects(scope: Scope, projects: readonly string[]): RawBuilder<SqlBool> {
  const wanted = projects.length > 0 ? sql`AND project = ANY(${projects})` : sql``;
  return sql<SqlBool>`users.id IN (
    SELECT user_id FROM tasks WHERE ${readable(scope, 'tasks')} ${wanted}
    UNION SELECT user_id FROM models WHERE ${readable(scope, 'models')} ${wanted})`;
}
