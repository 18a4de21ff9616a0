import { type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import type { Db } from '../../platform/database.ts';
import type { ConsumerKey } from '../identity/caller.ts';
import { type CallCondition, type CallFilter, filteredCalls, visibleCalls } from './call-filter.ts';

/** A place in the log, whose order is the newest first. */
export interface CallPlace {
  created: Date;
  id: string;
}

export interface CallPage {
  /** Only calls after this one in the log's order. */
  before?: CallPlace | undefined;
  limit: number;
}

/** What the list shows of a call, in the order of an exported file. */
export const summaryColumns = [
  'id',
  'kind',
  'created',
  'started',
  'ended',
  'status',
  'outcome',
  'http_status',
  'mapping_id',
  'alias',
  'public_id',
  'endpoint',
  'machine',
  'queue',
  'task_id',
  'clone_id',
  'clone_name',
  'user_id',
  'key_id',
  'caller',
  'duration_ms',
  'bytes_in',
  'bytes_out',
  'error_code',
  'error',
] as const;
const detailColumns = [...summaryColumns, 'phases', 'request', 'answer', 'error_detail'] as const;

/** A page of the log, the newest first; without the bodies. */
export async function listCalls(scope: Scope, filter: CallFilter, page: CallPage) {
  return callPageQuery(scope.db, await filteredCalls(scope, filter), page).execute();
}

/** The query of `listCalls`. */
export function callPageQuery(db: Db, condition: CallCondition, page: CallPage) {
  return pageOfCalls(db, condition, page).select(summaryColumns);
}

export type CallSummary = Awaited<ReturnType<typeof listCalls>>[number];

/** A page of the log with all that it holds. */
export async function listWholeCalls(scope: Scope, filter: CallFilter, page: CallPage) {
  return pageOfCalls(scope.db, await filteredCalls(scope, filter), page)
    .select(detailColumns)
    .execute();
}

export type CallRow = Awaited<ReturnType<typeof listWholeCalls>>[number];

function pageOfCalls(db: Db, condition: CallCondition, { before, limit }: CallPage) {
  return db
    .selectFrom('calls')
    .where(condition)
    .$if(before !== undefined, (calls) =>
      calls.where(sql<SqlBool>`(calls.created, calls.id) < (${before?.created}, ${before?.id})`),
    )
    .orderBy('calls.created', 'desc')
    .orderBy('calls.id', 'desc')
    .limit(limit);
}

/** All of one call, with its bodies. */
export function findCall(scope: Scope, id: string): Promise<CallRow | undefined> {
  return scope.db
    .selectFrom('calls')
    .select(detailColumns)
    .where(visibleCalls(scope))
    .where('calls.id', '=', id)
    .executeTakeFirst();
}

/** A call for who made it, or for an admin. */
export async function findOwnCall(scope: Scope, id: string): Promise<CallRow | undefined> {
  const { role, userId } = scope.caller;
  const { key } = scope.caller as { key?: ConsumerKey };
  const call = await findCall(scope, id);
  // A key sees its own calls only, and no more than that is asked of it.
  const isOwn = key !== undefined || role === 'admin' || call?.user_id === userId;
  return isOwn ? call : undefined;
}
