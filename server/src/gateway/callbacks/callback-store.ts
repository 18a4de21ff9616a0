import { type Kysely, type RawBuilder, sql } from 'kysely';
import { type Db, inTransaction } from '../../platform/database.ts';
import type { DB } from '../../platform/schema.ts';
import type { Delivery } from './sender.ts';

/** What a caller asks for with `callback_url`. */
export interface CallbackOrder {
  url: string;
  /** Scheme and host under which the caller knows this platform; what is below it is linked with it. */
  origin: string;
}

/** A callback that waits for the end of its call. */
export interface NewCallback extends CallbackOrder {
  call_id: string;
  mapping_id: string;
}

/** Notes who is to be told of the ends of calls, whose rows must be there. */
export function insertCallbacks(callbacks: readonly NewCallback[]): RawBuilder<unknown> {
  return sql`INSERT INTO callbacks (call_id, mapping_id, url, origin)
    SELECT call_id, mapping_id, url, origin FROM json_populate_recordset(NULL::callbacks, ${JSON.stringify(callbacks)})`;
}

/** A callback that this server is to deliver now. */
export interface DueCallback extends CallbackOrder {
  call_id: string;
  company: string;
  tries: number;
  /** Undefined once the mapping is deleted. */
  secret: string | undefined;
  /** The mapping is deleted, and can be restored. */
  isSuspended: boolean;
}

/** So long another server leaves a claimed callback alone; longer than a try takes. */
const claimSeconds = 60;

/** Takes callbacks whose time has come, the ones that were tried least first; what another server takes at this moment is left to it. */
export async function claimDue(db: Db, limit: number): Promise<DueCallback[]> {
  const { rows } = await sql<Omit<DueCallback, 'secret'> & { secret: string | null }>`
    WITH claimed AS (
      UPDATE callbacks SET next_try = now() + ${claimSeconds} * interval '1 second'
      WHERE call_id IN (
        SELECT call_id FROM callbacks WHERE state = 'due' AND next_try <= now()
        ORDER BY tries, next_try LIMIT ${limit} FOR UPDATE SKIP LOCKED)
      RETURNING call_id, url, origin, tries, mapping_id)
    SELECT claimed.*, calls.company, mapping.callback_secret AS secret,
      EXISTS (SELECT FROM deleted_mappings WHERE deleted_mappings.id = claimed.mapping_id) AS "isSuspended"
    FROM claimed JOIN calls ON calls.id = claimed.call_id
    LEFT JOIN task_mappings AS mapping ON mapping.id = claimed.mapping_id`.execute(db);
  return rows.map(({ secret, ...row }) => ({ ...row, secret: secret ?? undefined }));
}

/** Tries again in a while without having tried, or gives up when its time is over. */
export async function postpone(db: Db, { call_id }: DueCallback, delayMs: number): Promise<void> {
  await db
    .updateTable('callbacks')
    .set({ next_try: inMs(delayMs), state: dueUntilGivenUp(delayMs) })
    .where('call_id', '=', call_id)
    .where('state', '=', 'due')
    .execute();
}

/**
 * Notes a try, and what comes next: the end when the receiver took it or will never do, else another try.
 *
 * @param delayMs until the next try
 */
export async function noteTry(
  db: Kysely<DB>,
  { call_id, tries }: DueCallback,
  { tried, durationMs, httpStatus, error, isFinal }: Delivery,
  delayMs: number,
): Promise<void> {
  const failed = isFinal ? sql<string>`'given_up'` : dueUntilGivenUp(delayMs);
  await inTransaction(db, async (transaction) => {
    // A claim that ran out, and was taken by another server, is not noted twice; nor one of a call that was queued again.
    const { numUpdatedRows } = await transaction
      .updateTable('callbacks')
      .set({ tries: tries + 1, next_try: inMs(delayMs), state: error === undefined ? 'done' : failed })
      .where('call_id', '=', call_id)
      .where('state', '=', 'due')
      .where('tries', '=', tries)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) return;
    const outcome = { tried, duration_ms: durationMs, http_status: httpStatus ?? null, error: error ?? null };
    await transaction
      .insertInto('callback_tries')
      .values({ call_id, number: tries + 1, ...outcome })
      .execute();
  });
}

function inMs(ms: number) {
  return sql<Date>`now() + ${ms} * interval '1 millisecond'`;
}

function dueUntilGivenUp(delayMs: number) {
  return sql<string>`CASE WHEN ${inMs(delayMs)} > give_up THEN 'given_up' ELSE 'due' END`;
}

/** The callback of a call with its tries, oldest first; undefined when nobody asked for one. */
export async function findCallback(db: Db, callId: string) {
  const callback = await db
    .selectFrom('callbacks')
    .select(['url', 'state', 'next_try'])
    .where('call_id', '=', callId)
    .executeTakeFirst();
  if (!callback) return undefined;
  const tries = await db
    .selectFrom('callback_tries')
    .select(['tried', 'duration_ms', 'http_status', 'error'])
    .where('call_id', '=', callId)
    .orderBy('number')
    .execute();
  return { ...callback, tries };
}

export type CallbackRow = NonNullable<Awaited<ReturnType<typeof findCallback>>>;
