import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import {
  isConnectionLost,
  isDatabaseAway,
  isRowFault,
  limitWaiting,
  retrying,
} from '../../platform/database.ts';
import { pipelined, type Statement } from '../../platform/pipeline.ts';
import type { DB } from '../../platform/schema.ts';

/** Milliseconds that callers wait to learn whether their calls were written, and between two tries. */
const patience = { waitMs: 5_000, everyMs: 100 };

/**
 * Writes accepted calls with what belongs to them: one transaction in one round trip.
 *
 * When the connection breaks, nobody knows whether PostgreSQL committed, or still will. Refused, the callers would make calls again
 * whose tasks run. So the same is written again: the ids of the calls are unique, therefore only one of the two is committed, and
 * the later one waits for the earlier one and fails. Which one it was is told by the row of a call.
 *
 * @param callId of one of the calls, whose row is among the statements
 * @throws what PostgreSQL says of rows that cannot be written, and what isDatabaseAway() knows; nothing is left then, unless the
 *   database stays away after the connection broke
 */
export async function writeAccepted(
  db: Kysely<DB>,
  callId: string,
  statements: readonly Statement[],
  waiting = patience,
): Promise<void> {
  const write = () => retrying(() => pipelined(db, [limitWaiting, ...statements]));
  try {
    await write();
  } catch (error) {
    if (!isConnectionLost(error)) throw error;
    await writeAgain(db, callId, write, waiting);
  }
}

/** Until PostgreSQL has said what became of it, or has been away for too long. */
async function writeAgain(
  db: Kysely<DB>,
  callId: string,
  write: () => Promise<unknown>,
  { waitMs, everyMs }: typeof patience,
): Promise<void> {
  const end = performance.now() + waitMs;
  for (;;) {
    // What broke the connection may be about to break others, and a database that starts again needs a moment.
    await sleep(everyMs);
    try {
      return await writeOrFind(db, callId, write);
    } catch (error) {
      if (!isDatabaseAway(error) || performance.now() >= end) throw error;
    }
  }
}

async function writeOrFind(db: Kysely<DB>, callId: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isRowFault(error) || !(await isWritten(db, callId))) throw error;
  }
}

async function isWritten(db: Kysely<DB>, callId: string): Promise<boolean> {
  const row = await db.selectFrom('calls').select('id').where('id', '=', callId).executeTakeFirst();
  return row !== undefined;
}
