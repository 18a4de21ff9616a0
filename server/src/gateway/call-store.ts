import type { GatewayErrorCode } from '@arno/protocol';
import type { Db } from '../platform/database.ts';
import type { Call } from './call.ts';

/** Writes the row of a call. It is durable when the statement, or the transaction around it, has committed. */
export async function insertCall(db: Db, call: Call): Promise<void> {
  await db.insertInto('calls').values(call.row()).execute();
}

/** Rewrites the row of a call whose answer was logged before it ended. */
export async function completeCall(db: Db, call: Call): Promise<void> {
  const { outcome, http_status, duration_ms, bytes_out, phases, answer, error_code, error, error_detail } =
    call.row();
  await db
    .updateTable('calls')
    .set({
      outcome,
      http_status,
      duration_ms,
      bytes_out,
      phases,
      answer,
      error_code,
      error,
      error_detail,
    } as object)
    .where('id', '=', call.id)
    .execute();
}

/**
 * Marks the On-Demand calls whose answers were being sent when the server ended without warning. For the start of the server,
 * before it listens: only then no answer is under way.
 */
export async function closeInterruptedCalls(db: Db): Promise<void> {
  await db
    .updateTable('calls')
    .set({
      outcome: 'failed',
      error_code: 'internal_error' satisfies GatewayErrorCode,
      error: 'the server ended before all of the answer was sent',
    })
    .where('kind', '=', 'ondemand')
    .where('outcome', '=', 'accepted')
    .execute();
}
