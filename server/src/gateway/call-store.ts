import type { Db } from '../platform/database.ts';
import type { Call } from './call.ts';

/** Writes the row of a call. It is durable when the statement, or the transaction around it, has committed. */
export async function insertCall(db: Db, call: Call): Promise<void> {
  await db.insertInto('calls').values(call.row()).execute();
}

/** Rewrites the row of a call whose answer was logged before it ended. */
export async function completeCall(db: Db, call: Call): Promise<void> {
  const { outcome, http_status, duration_ms, bytes_out, phases, answer, error_code, error } = call.row();
  await db
    .updateTable('calls')
    .set({ outcome, http_status, duration_ms, bytes_out, phases, answer, error_code, error } as object)
    .where('id', '=', call.id)
    .execute();
}
