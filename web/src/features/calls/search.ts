import type { CallStatus } from '@arno/protocol';
import { defined, oneOf, type RawSearch, text } from '../../app/search.ts';

export const statuses = [
  'queued',
  'running',
  'completed',
  'failed',
  'aborted',
  'lost',
] as const satisfies readonly CallStatus[];

export interface CallsSearch {
  status?: CallStatus;
  q?: string;
  /** Cursor of an older page, as the server gave it. */
  before?: string;
}

export function readCallsSearch(search: RawSearch): CallsSearch {
  return defined({
    status: oneOf(statuses, search.status),
    q: text(search.q),
    before: text(search.before),
  });
}
