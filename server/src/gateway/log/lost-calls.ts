import { setTimeout as pause } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { inTransaction } from '../../platform/database.ts';
import { isPresent } from '../../platform/presence.ts';
import type { DB } from '../../platform/schema.ts';
import { CallSummer, type SummedCall } from './call-sums.ts';
import { insertSums, type OpenSums } from './call-sums-store.ts';

/** A server that lives writes or ends its open sums many times in this time. */
const silence = sql`interval '1 minute'`;

/** Between two looks whether writers have ended. */
const lookMs = 100;

/** Counts the calls whose sums were lost with their servers. */
export async function countCallsOfDeadServers(db: Kysely<DB>): Promise<void> {
  const dead = await db
    .selectFrom('open_call_sums')
    .select('server')
    .where('turned', '<', sql<Date>`now() - ${silence}`)
    .where(({ not }) => not(isPresent(sql.ref('server'))))
    .execute();
  for (const { server } of dead) await countLostCalls(db, server);
}

/**
 * Counts the calls whose sums a server had not written, and takes their number away from it. Their rows bear it no more, so that calls
 * which a server logs although it seemed dead can be told from them: those it counts itself.
 *
 * @param own what the server knows not to be written, when the database knows another number, or none any more
 */
export async function countLostCalls(db: Kysely<DB>, server: number, own?: OpenSums): Promise<void> {
  await untilWritersEnded(db);
  await inTransaction(db, async (transaction) => {
    const taken = await transaction
      .deleteFrom('open_call_sums')
      .where('server', '=', server)
      .returning(['number', 'since'])
      .executeTakeFirst();
    const lost = [taken, own].filter((sums) => sums !== undefined);
    if (lost.length === 0) return;
    const calls = await transaction
      .updateTable('calls')
      .set({ sums_number: null })
      .where('created', '>=', new Date(Math.min(...lost.map(({ since }) => since.getTime()))))
      .where(
        'sums_number',
        'in',
        lost.map(({ number }) => number),
      )
      .returning(['id', 'company', 'kind', 'mapping_id', 'machine', 'user_id', 'key_id', 'alias', 'caller'])
      .returning(['created', 'ended', 'status', 'bytes_in', 'bytes_out', 'duration_ms', 'phases'])
      .execute();
    const summer = new CallSummer();
    summer.add(calls as SummedCall[]);
    await insertSums(transaction, summer.sums);
  });
}

/**
 * Waits for the transactions that may be writing calls now: the backend of a connection that broke may still be at work on what was
 * sent to it. It does not lock them out, because that would hold up every call.
 */
async function untilWritersEnded(db: Kysely<DB>): Promise<void> {
  const writers = sql<{ transaction: string }>`
    SELECT DISTINCT virtualtransaction AS transaction FROM pg_locks
    WHERE locktype = 'relation' AND relation = 'calls'::regclass AND mode = 'RowExclusiveLock'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  const names = async () => (await writers.execute(db)).rows.map(({ transaction }) => transaction);
  let waiting = await names();
  while (waiting.length > 0) {
    await pause(lookMs);
    const now = new Set(await names());
    waiting = waiting.filter((writer) => now.has(writer));
  }
}
