import type { CallStatus } from '@arno/protocol';
import { type SqlBool, sql } from 'kysely';
import type { Scope } from '../clearml/endpoint.ts';
import { callStatus } from './call-status.ts';

export interface CallFilter {
  kind?: 'enqueue' | 'ondemand' | undefined;
  status?: CallStatus | undefined;
  /** Found anywhere in what the caller may see of the names and the error of a call, whatever its case. */
  q?: string | undefined;
  /** Only calls before this one in the log's order. */
  before?: { created: Date; id: string } | undefined;
  limit: number;
}

/**
 * The calls that the caller may read, with the tasks they queued: an admin all, also those nobody could be found for; an end
 * user the own.
 */
function visibleCalls({ db, caller }: Scope) {
  const calls = db.selectFrom('calls').leftJoin('tasks as clone', 'clone.id', 'calls.clone_id');
  switch (caller.role) {
    case 'admin':
      return calls.where('calls.company', 'in', [caller.company, '']);
    case 'developer':
      return calls.where('calls.company', '=', caller.company);
    case 'user':
      return calls.where('calls.user_id', '=', caller.userId);
  }
}

/** What a search looks at. Who may not see a column must not be able to guess it either. */
function searchedText({ role }: Scope['caller']) {
  const internals = sql`, calls.machine, calls.task_id, calls.error_detail`;
  return sql`concat_ws(' ', calls.id, calls.alias, calls.public_id, calls.endpoint, calls.queue, calls.clone_id,
    calls.clone_name, calls.caller, calls.error_code, calls.error${role === 'user' ? sql`` : internals})`;
}

/** Newest first; without the bodies. */
export function listCalls(scope: Scope, { kind, status, q, before, limit }: CallFilter) {
  const pattern = `%${(q ?? '').replaceAll(/[\\%_]/g, '\\$&')}%`;
  return visibleCalls(scope)
    .select([
      'calls.id',
      'calls.kind',
      'calls.created',
      'calls.outcome',
      'calls.http_status',
      'calls.alias',
      'calls.public_id',
      'calls.endpoint',
      'calls.machine',
      'calls.queue',
      'calls.task_id',
      'calls.clone_id',
      'calls.clone_name',
      'calls.caller',
      'calls.duration_ms',
      'calls.bytes_in',
      'calls.bytes_out',
      'calls.error_code',
      'calls.error',
      callStatus.as('status'),
    ])
    .$if(kind !== undefined, (calls) => calls.where('calls.kind', '=', kind ?? ''))
    .$if(status !== undefined, (calls) => calls.where(callStatus, '=', status ?? null))
    .$if(q !== undefined, (calls) =>
      calls.where(sql<SqlBool>`${searchedText(scope.caller)} ILIKE ${pattern}`),
    )
    .$if(before !== undefined, (calls) =>
      calls.where(sql<SqlBool>`(calls.created, calls.id) < (${before?.created}, ${before?.id})`),
    )
    .orderBy('calls.created', 'desc')
    .orderBy('calls.id', 'desc')
    .limit(limit)
    .execute();
}

export type CallSummary = Awaited<ReturnType<typeof listCalls>>[number];

/** How many calls there were since an instant, and how many of them failed: at once, or later as a task. */
export async function countCalls(scope: Scope, since: Date): Promise<{ total: number; failed: number }> {
  return visibleCalls(scope)
    .select(({ fn }) => [
      fn.countAll<number>().as('total'),
      fn.countAll<number>().filterWhere(callStatus, 'in', ['failed', 'lost']).as('failed'),
    ])
    .where('calls.created', '>=', since)
    .executeTakeFirstOrThrow();
}

/** All of one call, with its bodies. */
export function findCall(scope: Scope, id: string) {
  return visibleCalls(scope)
    .selectAll('calls')
    .select(callStatus.as('status'))
    .where('calls.id', '=', id)
    .executeTakeFirst();
}

export type CallRow = NonNullable<Awaited<ReturnType<typeof findCall>>>;

/** A call for who made it, or for an admin. */
export async function findOwnCall(scope: Scope, id: string): Promise<CallRow | undefined> {
  const { role, userId } = scope.caller;
  const call = await findCall(scope, id);
  return role === 'admin' || call?.user_id === userId ? call : undefined;
}
