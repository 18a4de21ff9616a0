import type { Scope } from '../../clearml/endpoint.ts';
import { json } from '../../platform/database.ts';

export const providers = ['aws', 'google', 'azure'] as const;
export type Provider = (typeof providers)[number];

/** The company's settings, undefined as long as there are none. */
export function findSettings({ db, caller }: Scope) {
  return db
    .selectFrom('storage_settings')
    .select(['last_update', ...providers])
    .where('company', '=', caller.company)
    .executeTakeFirst();
}

/** Replaces the settings of the given providers and leaves the others. */
export async function writeSettings(
  { db, caller, now }: Scope,
  settings: Partial<Record<Provider, object>>,
): Promise<void> {
  const columns = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, json(value)]));
  await db
    .insertInto('storage_settings')
    .values({ company: caller.company, last_update: now, ...columns })
    .onConflict((conflict) => conflict.column('company').doUpdateSet({ last_update: now, ...columns }))
    .execute();
}

/** Forgets the settings of these providers; answers whether there were any settings, as 1 or 0. */
export async function resetSettings({ db, caller, now }: Scope, names: readonly Provider[]): Promise<number> {
  const cleared = Object.fromEntries(names.map((name) => [name, null]));
  const { numUpdatedRows } = await db
    .updateTable('storage_settings')
    .set({ last_update: now, ...cleared })
    .where('company', '=', caller.company)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}
