import type { Caller } from '../../clearml/endpoint.ts';
import type { RequestOrigin } from './auth.ts';
import { speaksForOthers } from './impersonation.ts';

type Authenticate = (authorization: string | undefined, request: RequestOrigin) => Promise<Caller>;

/** For so long a token that was revoked can still report. */
const rememberMs = 5000;
const maxCallers = 10_000;

/**
 * Authenticates as `authenticate` does, and remembers for five seconds whom a Bearer token spoke for. For calls that come in
 * dense rows and only add what the caller's rights, which each of them checks, allow.
 */
export function rememberingCallers(authenticate: Authenticate): Authenticate {
  const callers = new Map<string, { caller: Caller; until: number }>();
  return async (authorization, request) => {
    if (!authorization?.startsWith('Bearer ') || speaksForOthers(request))
      return authenticate(authorization, request);
    const now = performance.now();
    const known = callers.get(authorization);
    if (known && known.until > now) return known.caller;
    // Again at the end, so that the first is always the oldest.
    callers.delete(authorization);
    const caller = await authenticate(authorization, request);
    callers.set(authorization, { caller, until: now + rememberMs });
    if (callers.size > maxCallers) callers.delete(callers.keys().next().value as string);
    return caller;
  };
}
