import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { readable } from '../../clearml/rights.ts';
import { json } from '../../platform/database.ts';
import { recordChange } from '../audit/index.ts';
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

/** What a person says of themselves. */
export interface Profile {
  name?: string;
  given_name?: string;
  family_name?: string;
  avatar?: string;
}

/** Writes these columns of a user; answers how many users were changed. */
export async function writeUser(scope: Scope, id: string, fields: Profile): Promise<number> {
  if (Object.keys(fields).length === 0) return 0;
  // A picture may be a whole file and says nothing to who reads the audit list.
  const { avatar: _picture, ...before } = await scope.db
    .selectFrom('users')
    .select(['name', 'given_name', 'family_name', 'avatar'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const { numUpdatedRows } = await scope.db
    .updateTable('users')
    .set(fields)
    .where('id', '=', id)
    .executeTakeFirst();
  const { avatar: _, ...after } = { ...before, ...fields };
  await recordChange(scope, { action: 'update', subject: 'user', id, name: after.name, before, after });
  return Number(numUpdatedRows);
}

/** Users that own something in one of these projects that the caller may see; no project at all means all of those. */
export function activeInProjects(scope: Scope, projects: readonly string[]): RawBuilder<SqlBool> {
  const wanted = projects.length > 0 ? sql`AND project = ANY(${projects})` : sql``;
  return sql<SqlBool>`users.id IN (
    SELECT user_id FROM tasks WHERE ${readable(scope, 'tasks')} ${wanted}
    UNION SELECT user_id FROM models WHERE ${readable(scope, 'models')} ${wanted})`;
}
