import { sql } from 'kysely';
import type { Scope } from './endpoint.ts';
import { ClearmlError, refusalOf } from './errors.ts';

/** More ids than this in one call would hold its transaction, and the rows it locked, for too long. */
const maxItems = 10_000;

/** One item of a batch that was refused, in the wire's form. */
export interface FailedItem {
  id: string;
  /** `codes` are HTTP status and subcode of the error table. */
  error: { codes: [status: number, subcode: number]; msg: string; data: Record<string, unknown> };
}

/** What every `*_many` endpoint answers. */
export interface ManyAnswer<Result extends object> {
  succeeded: ({ id: string } & Result)[];
  failed: FailedItem[];
}

/**
 * Does `work` for each id, in the given order and once for an id given twice. Each item has a savepoint: one that is refused
 * leaves no trace and takes nothing from the others. Only for `write` endpoints, whose scope is a transaction.
 *
 * @param work answers what stands beside `id` in the item's answer; a ClearmlError it throws becomes the item's failure, an
 *   error that is not the caller's fault ends the whole call
 * @throws ClearmlError 400/12 for more than 10,000 ids
 */
export async function forEachId<Result extends object>(
  scope: Scope,
  ids: readonly string[],
  work: (id: string) => Promise<Result>,
): Promise<ManyAnswer<Result>> {
  if (ids.length > maxItems)
    throw new ClearmlError('validation_error', `ids: at most ${maxItems} in one call, not ${ids.length}`);
  const answer: ManyAnswer<Result> = { succeeded: [], failed: [] };
  for (const id of new Set(ids)) {
    const outcome = await attempt(scope, () => work(id));
    if ('refusal' in outcome) answer.failed.push({ id, error: wireError(outcome.refusal) });
    else answer.succeeded.push({ id, ...outcome.result });
  }
  return answer;
}

async function attempt<Result>(
  scope: Scope,
  work: () => Promise<Result>,
): Promise<{ result: Result } | { refusal: ClearmlError }> {
  await sql`SAVEPOINT item`.execute(scope.db);
  try {
    const result = await work();
    await sql`RELEASE SAVEPOINT item`.execute(scope.db);
    return { result };
  } catch (error) {
    const refusal = refusalOf(error);
    // A conflict between transactions ends here too: the router then repeats the whole call.
    if (!refusal) throw error;
    await sql`ROLLBACK TO SAVEPOINT item`.execute(scope.db);
    await sql`RELEASE SAVEPOINT item`.execute(scope.db);
    return { refusal };
  }
}

function wireError({ status, subcode, message, data }: ClearmlError): FailedItem['error'] {
  return { codes: [status, subcode], msg: message, data };
}
