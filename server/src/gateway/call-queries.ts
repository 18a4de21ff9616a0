import { type Selectable, type SqlBool, sql } from 'kysely';
import type { Scope } from '../clearml/endpoint.ts';
import type { DB } from '../platform/schema.ts';

export type CallRow = Selectable<DB['calls']>;

export interface CallFilter {
  kind?: 'enqueue' | 'ondemand' | undefined;
  outcome?: 'accepted' | 'ok' | 'failed' | undefined;
  /** Found anywhere in the names or the error of a call, whatever its case. */
  q?: string | undefined;
  /** Only calls before this one in the log's order. */
  before?: { created: Date; id: string } | undefined;
  limit: number;
}

/** The calls that the caller may read: an admin all, also those nobody could be found for; an end user the own. */
function visibleCalls({ db, caller }: Scope) {
  const calls = db.selectFrom('calls');
  switch (caller.role) {
    case 'admin':
      return calls.where('company', 'in', [caller.company, '']);
    case 'developer':
      return calls.where('company', '=', caller.company);
    case 'user':
      return calls.where('user_id', '=', caller.userId);
  }
}

/** Newest first; without the bodies. */
export function listCalls(scope: Scope, { kind, outcome, q, before, limit }: CallFilter) {
  const pattern = `%${(q ?? '').replaceAll(/[\\%_]/g, '\\$&')}%`;
  return visibleCalls(scope)
    .select([
      'id',
      'kind',
      'created',
      'outcome',
      'http_status',
      'alias',
      'public_id',
      'endpoint',
      'machine',
      'queue',
      'task_id',
      'clone_id',
      'clone_name',
      'caller',
      'duration_ms',
      'bytes_in',
      'bytes_out',
      'error_code',
      'error',
    ])
    .$if(kind !== undefined, (calls) => calls.where('kind', '=', kind ?? ''))
    .$if(outcome !== undefined, (calls) => calls.where('outcome', '=', outcome ?? ''))
    .$if(q !== undefined, (calls) =>
      calls.where(
        sql<SqlBool>`concat_ws(' ', id, alias, public_id, endpoint, machine, queue, task_id, clone_id, clone_name,
          caller, error_code, error) ILIKE ${pattern}`,
      ),
    )
    .$if(before !== undefined, (calls) =>
      calls.where(sql<SqlBool>`(created, id) < (${before?.created}, ${before?.id})`),
    )
    .orderBy('created', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

export type CallSummary = Awaited<ReturnType<typeof listCalls>>[number];

/** How many calls there were since an instant, and how many of them failed. */
export async function countCalls(scope: Scope, since: Date): Promise<{ total: number; failed: number }> {
  return visibleCalls(scope)
    .select(({ fn }) => [
      fn.countAll<number>().as('total'),
      fn.countAll<number>().filterWhere('outcome', '=', 'failed').as('failed'),
    ])
    .where('created', '>=', since)
    .executeTakeFirstOrThrow();
}

/** All of one call, with its bodies. */
export function findCall(scope: Scope, id: string): Promise<CallRow | undefined> {
  return visibleCalls(scope).selectAll().where('id', '=', id).executeTakeFirst();
}

/** A call for who made it, or for an admin. */
export async function findOwnCall(scope: Scope, id: string): Promise<CallRow | undefined> {
  const { role, userId } = scope.caller;
  const call = await findCall(scope, id);
  return role === 'admin' || call?.user_id === userId ? call : undefined;
}
