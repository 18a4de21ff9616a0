import { type RawBuilder, sql } from 'kysely';
import { type Db, storable } from '../../platform/database.ts';
import type { CallKind } from './call.ts';
import { type Body, excerpt, hideSecrets, parses } from './mask.ts';

/** A call that an older system logged. */
export interface ImportedCall {
  /** The same each time that it is imported. */
  id: string;
  kind: CallKind;
  created: Date;
  hasSucceeded: boolean;
  httpStatus: number;
  /** Id of the task that was enqueued, or of the serving task. */
  taskId: string;
  endpoint: string | undefined;
  /** What was answered, or went wrong: JSON or a text. */
  details: string;
}

/** Stands for the caller, whom the older system did not note; so imported calls are told from others wherever they are shown. */
const importedCaller = 'imported';

/**
 * Adds calls to the log; those that are there already stay as they are. How long they took is not known, so that they count in
 * statistics, and their durations do not.
 *
 * @param bodyChars characters of details that are kept
 * @returns the ids of those that are new
 */
export async function importCalls(
  db: Db,
  company: string,
  calls: readonly ImportedCall[],
  bodyChars: number,
): Promise<Set<string>> {
  const rows = calls.map((call) => ({
    id: call.id,
    created: call.created.toISOString(),
    status: call.hasSucceeded ? 'completed' : 'failed',
    outcome: call.hasSucceeded ? 'ok' : 'failed',
    http_status: call.httpStatus,
    kind: call.kind,
    endpoint: call.endpoint === undefined ? null : storable(call.endpoint).slice(0, 1000),
    task_id: call.taskId,
    ...detailsOf(call, bodyChars),
  }));
  const { rows: inserted } = await sql<{ id: string }>`
    INSERT INTO calls (id, company, kind, created, status, outcome, http_status, mapping_id, alias, public_id, endpoint, task_id,
      caller, duration_ms, bytes_in, bytes_out, answer, error)
    SELECT call.id, ${company}, kind, call.created, status, outcome, http_status, mapping.id, mapping.alias, mapping.public_id,
      call.endpoint, call.task_id, ${importedCaller}, 0, 0, bytes_out, answer, error
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS call (id text, kind text, created timestamptz, status text,
      outcome text, http_status integer, endpoint text, task_id text, bytes_out bigint, answer text, error text)
    LEFT JOIN (${mappings(company)}) AS mapping
      ON mapping.task_id = call.task_id AND mapping.endpoint IS NOT DISTINCT FROM call.endpoint
    ON CONFLICT (id) DO NOTHING RETURNING id`.execute(db);
  return new Set(inserted.map(({ id }) => id));
}

/** Both kinds of mappings; only those of models have an endpoint. */
function mappings(company: string): RawBuilder<unknown> {
  return sql`
    SELECT id, alias, public_id, task_id, NULL AS endpoint FROM task_mappings WHERE company = ${company}
    UNION ALL
    SELECT id, alias, public_id, serving_task_id, endpoint FROM endpoint_mappings WHERE company = ${company}`;
}

const maxErrorChars = 1000;

/** JSON is masked by its fields; any other text by the shapes of secrets in it. */
function detailsOf({ details, hasSucceeded }: ImportedCall, bodyChars: number) {
  const bytes = Buffer.from(details);
  const body: Body = { bytes, size: bytes.length, contentType: 'application/json' };
  const isJson = /^\s*[[{"]/.test(details) && parses(details);
  const shown = isJson ? excerpt(body, bodyChars) : storable(hideSecrets(details)).slice(0, bodyChars);
  return {
    bytes_out: bytes.length,
    answer: shown === '' ? null : shown,
    error: hasSucceeded ? null : shown.slice(0, maxErrorChars) || 'no reason was logged',
  };
}
