import { type RawBuilder, sql } from 'kysely';
import type { Statement } from '../../platform/pipeline.ts';
import { insertCallbacks, type NewCallback } from '../callbacks/callback-store.ts';
import type { CallRecord } from '../log/call.ts';
import { keepKeys, type NewKey } from './idempotency.ts';

/** What an accepted call leaves beside its task. */
export interface CallRows {
  call: CallRecord;
  key?: NewKey | undefined;
  callback?: NewCallback | undefined;
}

/** Writes what calls leave. All of it belongs into the transaction that writes their tasks. */
export function insertCallRows(rows: readonly CallRows[]): Statement[] {
  const keys = rows.flatMap(({ key }) => key ?? []);
  const callbacks = rows.flatMap(({ callback }) => callback ?? []);
  return [
    ...(keys.length > 0 ? keepKeys(keys) : []),
    insertCalls(rows.map(({ call }) => call)),
    ...(callbacks.length > 0 ? [insertCallbacks(callbacks)] : []),
  ];
}

function insertCalls(calls: readonly CallRecord[]): RawBuilder<unknown> {
  // Each record has all columns.
  const columns = sql.raw(Object.keys(calls[0] ?? {}).join(', '));
  return sql`INSERT INTO calls (${columns}) SELECT ${columns}
    FROM json_populate_recordset(NULL::calls, ${JSON.stringify(calls)})`;
}
