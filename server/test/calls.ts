import type { Insertable } from 'kysely';
import { newId } from '../src/platform/ids.ts';
import type { DB } from '../src/platform/schema.ts';

/** A row of the log for tests of what reads it: an answered On-Demand call, with what a test says otherwise. */
export function callRow(facts: Partial<Insertable<DB['calls']>> = {}): Insertable<DB['calls']> {
  const created = new Date();
  return {
    ...{ id: newId(), company: 'company', kind: 'ondemand', created, ended: created },
    ...{ status: 'completed', outcome: 'ok', http_status: 200 },
    ...{ duration_ms: 1, bytes_in: 1, bytes_out: 1 },
    ...facts,
  };
}
