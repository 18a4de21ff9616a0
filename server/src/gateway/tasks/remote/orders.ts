import { type Kysely, type RawBuilder, type Selectable, type SqlBool, sql } from 'kysely';
import type { Db } from '../../../platform/database.ts';
import { inTransaction } from '../../../platform/database.ts';
import { isPresent } from '../../../platform/presence.ts';
import type { DB } from '../../../platform/schema.ts';
import type { GatewayError } from '../../errors.ts';
import type { Placement } from './placement.ts';

/** A call whose clone is not queued yet, as far as anybody knows. */
export interface OpenOrder {
  call_id: string;
  state: 'ordered' | 'cloned';
  placement: Placement;
  clone_id: string | null;
  asked: Date;
  /** Why it is not to be carried out any more. */
  cancelled: string | null;
}

/** Notes an order beside the row of its call; `server` works on it. */
export function insertOrder(callId: string, placement: Placement, server: number): RawBuilder<unknown> {
  return sql`INSERT INTO remote_calls (call_id, placement, server)
    VALUES (${callId}, ${JSON.stringify(placement)}, ${server})`;
}

/** Whether no living server works on an order, or one has worked on it for longer than any request takes. */
const isAbandoned = sql<SqlBool>`(remote_calls.server IS NULL OR asked < now() - interval '5 minutes'
  OR NOT ${isPresent(sql.ref('remote_calls.server'))})`;

/** Orders that somebody is to carry on with. */
export async function abandonedOrders(db: Db, limit: number): Promise<OpenOrder[]> {
  const { rows } = await sql<OpenOrder>`
    SELECT call_id, state, placement, clone_id, asked, cancelled FROM remote_calls JOIN calls ON calls.id = call_id
    WHERE state <> 'queued' AND ${isAbandoned}
    ORDER BY asked LIMIT ${limit}`.execute(db);
  return rows;
}

/**
 * Whether a call may still be refused to who made it, as SQL. One whose order was abandoned may not: its caller was told that it is
 * queued, or is gone with the server that would have answered.
 */
export function isBeingPlaced(callId: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql<SqlBool>`EXISTS (
    SELECT FROM remote_calls WHERE remote_calls.call_id = ${callId} AND state <> 'queued' AND NOT ${isAbandoned})`;
}

/** Whether a clone is still to be queued: until then it is a draft that nobody took out of anything. */
export async function isToBeQueued(db: Db, cloneId: string): Promise<boolean> {
  const order = await db
    .selectFrom('remote_calls')
    .innerJoin('calls', 'calls.id', 'remote_calls.call_id')
    .select('call_id')
    .where('clone_id', '=', cloneId)
    .where('state', '<>', 'queued')
    .executeTakeFirst();
  return order !== undefined;
}

/** Before the remote is asked for a clone again. */
export async function noteAsked(db: Db, callId: string): Promise<void> {
  await change(db, callId, { asked: new Date() });
}

/** The clone is there. Answers why it is not to be queued, when the order was cancelled. */
export async function noteCloned(
  db: Kysely<DB>,
  callId: string,
  cloneId: string,
): Promise<string | undefined> {
  return inTransaction(db, async (transaction) => {
    await transaction.updateTable('calls').set({ clone_id: cloneId }).where('id', '=', callId).execute();
    const order = await transaction
      .updateTable('remote_calls')
      .set({ state: 'cloned' })
      .where('call_id', '=', callId)
      .returning('cancelled')
      .executeTakeFirst();
    return order?.cancelled ?? undefined;
  });
}

/**
 * The clone is queued: from now on its status is what is asked for. Unless the order was cancelled, which is answered: then the
 * clone is to be taken out of its queue before noteWithdrawn().
 */
export async function noteQueued(db: Db, callId: string): Promise<string | undefined> {
  const order = db.updateTable('remote_calls').where('call_id', '=', callId);
  const { numUpdatedRows } = await order.where('cancelled', 'is', null).set(queued).executeTakeFirst();
  if (numUpdatedRows > 0n) return undefined;
  const left = await db
    .selectFrom('remote_calls')
    .select('cancelled')
    .where('call_id', '=', callId)
    .executeTakeFirst();
  return left?.cancelled ?? undefined;
}

/** The clone of a cancelled order waits no more; its status says what became of it. */
export async function noteWithdrawn(db: Db, callId: string): Promise<void> {
  await change(db, callId, queued);
}

const queued = { state: 'queued', placement: null, server: null } as const;

/** Has an order cancelled by whoever works on it. Answers false when its clone is queued already, or there is no order. */
export async function cancelOrder(db: Db, callId: string, reason: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('remote_calls')
    .set({ cancelled: reason })
    .where('call_id', '=', callId)
    .where('state', '<>', 'queued')
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** A cancelled order has no clone any more. */
export async function endCancelled(db: Kysely<DB>, callId: string, reason: string): Promise<void> {
  await inTransaction(db, async (transaction) => {
    await transaction.deleteFrom('remote_calls').where('call_id', '=', callId).execute();
    await transaction
      .updateTable('calls')
      .set({ status: 'aborted', ended: new Date(), clone_id: null, clone_name: null, error: reason })
      .where('id', '=', callId)
      .execute();
  });
}

/** Nobody here works on the order any more, and nobody knows how far it came. */
export async function abandon(db: Db, callId: string): Promise<void> {
  await change(db, callId, { server: null });
}

type Changes = Partial<Pick<Selectable<DB['remote_calls']>, 'state' | 'server' | 'asked'>> & {
  placement?: null;
};

async function change(db: Db, callId: string, changes: Changes): Promise<void> {
  await db.updateTable('remote_calls').set(changes).where('call_id', '=', callId).execute();
}

/**
 * The order cannot be carried out and has no clone.
 *
 * @param isAnswered whether the caller was told that the task is queued; who was not may use the idempotency key again, and is
 *   owed no callback
 */
export async function failOrder(
  db: Kysely<DB>,
  callId: string,
  { code, status, message, detail }: GatewayError,
  isAnswered: boolean,
): Promise<void> {
  await inTransaction(db, async (transaction) => {
    await transaction.deleteFrom('remote_calls').where('call_id', '=', callId).execute();
    if (!isAnswered) {
      await transaction.deleteFrom('idempotency_keys').where('call_id', '=', callId).execute();
      await transaction.deleteFrom('callbacks').where('call_id', '=', callId).execute();
    }
    await transaction
      .updateTable('calls')
      .set({
        ...{ outcome: 'failed', status: 'failed', ended: new Date(), http_status: status },
        ...{ clone_id: null, clone_name: null },
        ...{ error_code: code, error: message, error_detail: detail ?? null },
        // Of the answer that nobody got. What the caller is answered instead is written over this row when that is known.
        ...(!isAnswered && { answer: null, bytes_out: 0 }),
      })
      .where('id', '=', callId)
      .execute();
  });
}
