import type { Kysely } from 'kysely';
import type { Db } from '../../platform/database.ts';
import type { DB } from '../../platform/schema.ts';

/** Row of `settings` with the days that an administrator has set for all servers. */
export const callRetentionKey = 'call_retention_days';

/**
 * How long the log of calls keeps a call: what the environment says; where it says nothing what an administrator has set, else the
 * default.
 */
export class CallRetention {
  readonly #db: Kysely<DB>;
  /** Of ARNO_CALL_RETENTION, or its default. */
  readonly ownDays: number;
  /** Whether the environment says it, so that nobody can change it here. */
  readonly isFixed: boolean;

  constructor(
    db: Kysely<DB>,
    { retentionDays, retentionIsFixed }: { retentionDays: number; retentionIsFixed: boolean },
  ) {
    this.#db = db;
    this.ownDays = retentionDays;
    this.isFixed = retentionIsFixed;
  }

  /** Days; 0 keeps all. */
  async days(db: Db = this.#db): Promise<number> {
    return (await this.setDays(db)) ?? this.ownDays;
  }

  /** What an administrator has set; undefined when nothing, or nothing that counts. */
  async setDays(db: Db = this.#db): Promise<number | undefined> {
    if (this.isFixed) return undefined;
    const row = await db
      .selectFrom('settings')
      .select('value')
      .where('key', '=', callRetentionKey)
      .executeTakeFirst();
    return typeof row?.value === 'number' ? row.value : undefined;
  }
}
