import type { Kysely } from 'kysely';
import { type Db, json, type Pool } from './database.ts';
import type { Logger } from './log.ts';
import { Notifications } from './notifications.ts';
import type { DB } from './schema.ts';

/** PostgreSQL notifies this channel when a row of `settings` has changed (migrations/0021-console.sql). */
const settingsChannel = 'arno_settings';

const retryMs = 1000;

interface Options {
  db: Kysely<DB>;
  pool: Pool;
  log: Logger;
  /** Rows of `settings` that are wanted; the others stay where they are, since some are secrets. */
  keys: readonly string[];
}

/** Settings that people change while servers run, held in memory and read again as soon as any server changes one. */
export class LiveSettings {
  readonly #options: Options;
  readonly #changes: Notifications;
  readonly #listeners: (() => void)[] = [];
  #values: ReadonlyMap<string, unknown> = new Map();
  #reading: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: Options) {
    this.#options = options;
    this.#changes = new Notifications(options.pool, settingsChannel, options.log);
  }

  /** Reads them, and follows them from then on. */
  async start(): Promise<void> {
    await this.#changes.start();
    await this.refresh();
    this.#changes.subscribe(() => this.#refreshOrRetry());
  }

  /** As it was last written; undefined when it never was. Who writes a setting checks what it holds. */
  get(key: string): unknown {
    return this.#values.get(key);
  }

  /** Calls `listener` whenever they have been read again. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Reads what is committed by now: whoever has just written need not wait to be notified. */
  refresh(): Promise<void> {
    // One after the other, or an older answer could come last and stay.
    const turn = this.#reading.catch(() => {}).then(() => this.#read());
    this.#reading = turn;
    return turn;
  }

  async #read(): Promise<void> {
    const rows = await this.#options.db
      .selectFrom('settings')
      .select(['key', 'value'])
      .where('key', 'in', [...this.#options.keys])
      .execute();
    this.#values = new Map(rows.map(({ key, value }) => [key, value]));
    for (const listener of this.#listeners) listener();
  }

  #refreshOrRetry(): void {
    clearTimeout(this.#retry);
    if (this.#closed) return;
    this.refresh().catch((error: Error) => {
      if (this.#closed) return;
      this.#options.log.warn({ reason: error.message }, 'the settings could not be read again; trying again');
      this.#retry = setTimeout(() => this.#refreshOrRetry(), retryMs);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#changes.close();
    await this.#reading.catch(() => {});
  }
}

/** A setting as it is in the database, locked until the transaction ends: two who edit it at once follow one another. */
export async function lockSetting(db: Db, key: string): Promise<unknown> {
  const row = await db
    .selectFrom('settings')
    .select('value')
    .where('key', '=', key)
    .forUpdate()
    .executeTakeFirst();
  return row?.value;
}

/** Writes a setting for all servers. They hear of it once the transaction is committed. */
export async function writeSetting(db: Db, key: string, value: unknown): Promise<void> {
  await db
    .insertInto('settings')
    .values({ key, value: json(value) })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: json(value) }))
    .execute();
}

/** Takes a setting back, for all servers. */
export async function clearSetting(db: Db, key: string): Promise<void> {
  await db.deleteFrom('settings').where('key', '=', key).execute();
}
