import type { Db } from '../../platform/database.ts';

/** Id of the clone that a call was queued as. */
export async function findClone(db: Db, callId: string): Promise<string | undefined> {
  const call = await db.selectFrom('calls').select('clone_id').where('id', '=', callId).executeTakeFirst();
  return call?.clone_id ?? undefined;
}
