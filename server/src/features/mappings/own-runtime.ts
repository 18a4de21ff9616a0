import { type Kysely, sql } from 'kysely';
import { inTransaction, json } from '../../platform/database.ts';
import type { DB } from '../../platform/schema.ts';

const setting = 'serving_address';

/** The mappings of this installation's own serving runtime follow it when a setting moved it to another address. */
export async function followOwnRuntime(db: Kysely<DB>, address: string): Promise<void> {
  await inTransaction(db, async (transaction) => {
    const { rows } = await sql<{ value: string }>`
      SELECT value FROM settings WHERE key = ${setting} FOR UPDATE`.execute(transaction);
    const before = rows[0]?.value;
    if (before === address) return;
    await transaction
      .insertInto('settings')
      .values({ key: setting, value: json(address) })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: json(address) }))
      .execute();
    if (before === undefined) return;
    await sql`
      UPDATE machine_mappings SET base_url = ${address} || substr(base_url, ${before.length + 1}), updated = now()
      WHERE base_url = ${before} OR starts_with(base_url, ${`${before}/`})`.execute(transaction);
  });
}
