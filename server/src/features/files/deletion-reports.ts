import { type FileDeletionState, fileDeletionStates } from '@arno/protocol';
import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';

/** What became, or is to become, of a file that went with its task or model. */
export interface FileDeletionReport {
  id: number;
  url: string;
  owner: string;
  state: FileDeletionState;
  detail: string | null;
  requested: Date;
  requested_by: string | null;
  attempts: number;
  finished: Date | null;
}

/** How many files of the company's deleted tasks there are in each state. */
export async function countFileDeletions({ db, caller }: Scope): Promise<Record<FileDeletionState, number>> {
  const { rows } = await sql<{ state: FileDeletionState; files: number }>`
    SELECT coalesce(outcome, 'waiting') AS state, count(*) AS files FROM file_deletions
    WHERE company = ${caller.company} GROUP BY 1`.execute(db);
  const counts = new Map(rows.map(({ state, files }) => [state, files]));
  const entries = fileDeletionStates.map((state) => [state, counts.get(state) ?? 0] as const);
  return Object.fromEntries(entries) as Record<FileDeletionState, number>;
}

export interface FileDeletionList {
  state?: FileDeletionState | undefined;
  /** Only those with a smaller id. */
  before?: number | undefined;
  limit: number;
}

/** The newest first. */
export async function listFileDeletions(
  { db, caller }: Scope,
  { state, before, limit }: FileDeletionList,
): Promise<FileDeletionReport[]> {
  const only =
    state === undefined
      ? sql``
      : state === 'waiting'
        ? sql`AND outcome IS NULL`
        : sql`AND outcome = ${state}`;
  const { rows } = await sql<FileDeletionReport>`
    SELECT deletion.id, url, owner, coalesce(outcome, 'waiting') AS state, detail, requested, users.name AS requested_by,
      attempts, finished
    FROM file_deletions AS deletion LEFT JOIN users ON users.id = requested_by
    WHERE deletion.company = ${caller.company} ${only} ${before === undefined ? sql`` : sql`AND deletion.id < ${before}`}
    ORDER BY deletion.id DESC LIMIT ${limit}`.execute(db);
  return rows;
}
