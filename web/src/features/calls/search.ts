import type { Call } from '@arno/protocol';
import { defined, oneOf, type RawSearch, text } from '../../app/search.ts';

export const outcomes = ['accepted', 'ok', 'failed'] as const satisfies readonly Call['outcome'][];

export interface CallsSearch {
  status?: Call['outcome'];
  q?: string;
  /** Cursor of an older page, as the server gave it. */
  before?: string;
}

export function readCallsSearch(search: RawSearch): CallsSearch {
  return defined({
    status: oneOf(outcomes, search.status),
    q: text(search.q),
    before: text(search.before),
  });
}
