import { type Kysely, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { writable } from '../../clearml/rights.ts';
import { inTransaction } from '../../platform/database.ts';
import type { DB } from '../../platform/schema.ts';
import { lockOwners } from './access.ts';
import type { Columns } from './columns.ts';
import { type RawEvent, sortIntoColumns } from './events.ts';
import { KnownSeries } from './known-series.ts';
import { seriesOf, storeBatches, storeKnown } from './store.ts';
import type { Tally } from './tally.ts';

/** Events of one call, which may be read more than once. */
export interface Batch {
  events: Iterable<RawEvent>;
  /** Who reports, where an event does not say. */
  worker: string;
}

/** Transactions of one lane that run at a time: one in PostgreSQL while the next is prepared here. */
const maxRunning = 2;
/** A transaction takes no further batch when it has as many events. */
const maxEvents = 20_000;

type PoolScope = Scope & { db: Kysely<DB> };

interface Waiting {
  scope: PoolScope;
  batch: Batch;
  columns: Columns;
  resolve(tally: Tally): void;
  reject(error: unknown): void;
}

interface Lane {
  waiting: Waiting[];
  running: number;
}

/**
 * Writes the batches that arrive while others are being written together, in one transaction: its cost, most of it the wait for
 * the disk, is then shared. Each call is answered when its events are durable, and when a transaction fails, each of its batches
 * is tried alone, so that none fails because of another.
 */
export class Intake {
  /** By the rights of their callers: the owners of a transaction's batches are found by one condition. */
  readonly #lanes = new Map<string, Lane>();
  readonly #known = new KnownSeries();

  async add(scope: PoolScope, batch: Batch): Promise<Tally> {
    // Sorted at once, so that no event has to be kept as the object that it was.
    const columns = sortIntoColumns(batch.events, { worker: batch.worker, now: scope.now.getTime() });
    const rights = rightsOf(scope);
    const lane = this.#lanes.get(rights) ?? { waiting: [], running: 0 };
    this.#lanes.set(rights, lane);
    return new Promise((resolve, reject) => {
      lane.waiting.push({ scope, batch, columns, resolve, reject });
      this.#advance(rights, lane);
    });
  }

  #advance(rights: string, lane: Lane): void {
    while (lane.running < maxRunning && lane.waiting.length > 0) {
      lane.running++;
      void settle(nextGroup(lane), this.#known).finally(() => {
        lane.running--;
        this.#advance(rights, lane);
      });
    }
    if (lane.running === 0) this.#lanes.delete(rights);
  }
}

function rightsOf(scope: Scope): string {
  const conditions = (['tasks', 'models'] as const).map((table) => writable(scope, table).compile(scope.db));
  return JSON.stringify(conditions.map(({ sql: text, parameters }) => [text, parameters]));
}

/** The batches that waited longest, as long as none names an owner that another of them does. */
function nextGroup({ waiting }: Lane): Waiting[] {
  const owners = new Set<string>();
  let events = 0;
  const end = waiting.findIndex(({ columns: { named, tally } }) => {
    const ids = [...named.tasks, ...named.models];
    if (events >= maxEvents || ids.some((id) => owners.has(id))) return true;
    for (const id of ids) owners.add(id);
    events += tally.added;
    return false;
  });
  return waiting.splice(0, end === -1 ? waiting.length : end);
}

async function settle(group: Waiting[], known: KnownSeries): Promise<void> {
  try {
    await storeTogether(group, known);
    for (const { resolve, columns } of group) resolve(columns.tally);
  } catch {
    // Alone, so that what is wrong with one is told to one.
    for (const { scope, batch, resolve, reject } of group) {
      await inTransaction(scope.db, (db) => addEvents({ ...scope, db }, batch)).then(resolve, reject);
    }
  }
}

/** Supposes that the callers may write to all that their batches name, which saves asking first. */
async function storeTogether(group: readonly Waiting[], known: KnownSeries): Promise<void> {
  const [{ scope }] = group as [Waiting];
  const batches = group.map(({ columns }) => columns);
  const series = seriesOf(batches);
  const numbered = known.find(series);
  if (numbered) {
    try {
      await inOneTransaction(scope, (db) => storeKnown({ ...scope, db }, batches, numbered, transaction));
      return known.learn(numbered);
    } catch {
      // Something is not as it was: found out below.
      known.forget(series);
    }
  }
  known.learn(await inOneTransaction(scope, (db) => storeBatches({ ...scope, db }, batches, transaction)));
}

const transaction = { begin: [sql`BEGIN`], end: [sql`COMMIT`] };

/** @param store begins and ends the transaction, together with its first and last statements */
async function inOneTransaction<Result>(
  { db: pool }: PoolScope,
  store: (db: Kysely<DB>) => Promise<Result>,
): Promise<Result> {
  return pool.connection().execute(async (db) => {
    try {
      return await store(db);
    } catch (error) {
      // Where this fails too, the connection is broken: the pool replaces it and PostgreSQL rolls back by itself.
      await sql`ROLLBACK`.execute(db).catch(() => {});
      throw error;
    }
  });
}

/** Adds what of a batch the caller may add, in the transaction of `scope`. */
export async function addEvents(scope: Scope, { events, worker }: Batch): Promise<Tally> {
  const context = { worker, now: scope.now.getTime() };
  const { named } = sortIntoColumns(events, context);
  const owners = await lockOwners(scope, named);
  const columns = sortIntoColumns(events, { ...context, owners });
  await storeBatches(scope, [columns]);
  return columns.tally;
}
