import type { Caller, Scope } from '../clearml/endpoint.ts';
import type { Db } from '../platform/database.ts';

/**
 * The same with the rights of the platform over tasks: a mapping is an administrator's word that its callers may run this task and
 * see what becomes of it, whoever owns it. Whether the caller is one of them must be known by then.
 */
export function asPlatform<Given extends Scope>(scope: Given): Given {
  return { ...scope, caller: { ...scope.caller, role: 'admin' } satisfies Caller };
}

/** For work that no caller waits for. */
export function platformScope(db: Db, company: string): Scope {
  const caller: Caller = { userId: '', userName: 'Arno', company, companyName: '', role: 'admin' };
  return { db, caller, now: new Date() };
}
