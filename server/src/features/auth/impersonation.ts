import type { IncomingHttpHeaders } from 'node:http';
import type { Caller } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import type { Db } from '../../platform/database.ts';
import { callerById } from './store.ts';

/**
 * Whom the caller speaks for: an administrator may name a user by id, as agents do that run each task with its owner's rights
 * (`--use-owner-token`). The call then has that person's rights and no others. The protocol's two headers differ in what a
 * server logs, and not in what they allow.
 *
 * @throws ClearmlError 400/5 for both headers at once, 400/6 for a caller who may not, or a user who does not exist
 */
export async function impersonated(db: Db, caller: Caller, headers: IncomingHttpHeaders): Promise<Caller> {
  const impersonate = header(headers, 'impersonate-as');
  const actAs = header(headers, 'act-as');
  if (impersonate && actAs) {
    throw new ClearmlError('invalid_headers', 'send X-ClearML-Impersonate-As or X-ClearML-Act-As, not both');
  }
  const userId = impersonate ?? actAs;
  if (!userId || userId === caller.userId) return caller;
  if (caller.role !== 'admin' || caller.task !== undefined) {
    throw new ClearmlError('impersonation_error', 'only administrators may speak for others');
  }
  const other = await callerById(db, userId);
  if (other?.company !== caller.company) {
    throw new ClearmlError('impersonation_error', `there is no user ${userId}`);
  }
  return onBehalf(caller, other);
}

/** Whether the request names somebody to speak for. */
export function speaksForOthers({ headers }: { headers: IncomingHttpHeaders }): boolean {
  return (header(headers, 'impersonate-as') ?? header(headers, 'act-as')) !== undefined;
}

/** The other person, for whom the caller acts: a session of theirs that comes of it is bound to the caller too. */
export function onBehalf({ userId, proof }: Caller, other: Caller): Caller {
  return { ...other, proof: { ...proof, madeBy: proof?.madeBy ?? userId } };
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[`x-clearml-${name}`] ?? headers[`x-trains-${name}`];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
