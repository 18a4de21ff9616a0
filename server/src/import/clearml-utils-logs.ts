import { withoutSlashes } from '../features/mappings/index.ts';
import { type ImportedCall, importCalls } from '../gateway/index.ts';
import { md5 } from '../platform/ids.ts';
import type { Report } from './report.ts';
import { atSavepoint, faultOfRow } from './savepoint.ts';
import type { SqliteFile } from './sqlite.ts';
import { type ImportOptions, isReadable } from './tables.ts';

const dayMs = 24 * 60 * 60 * 1000;
const batchRows = 1000;

const logs = [
  { table: 'enqueue_task_logs', kind: 'enqueue', id: 'task_id', endpoint: undefined },
  { table: 'ondemand_logs', kind: 'ondemand', id: 'serving_machine_task_id', endpoint: 'endpoint' },
] as const;
type Log = (typeof logs)[number];

/** Takes the logs over as calls. */
export async function importLogs(file: SqliteFile, options: ImportOptions, report: Report): Promise<void> {
  for (const log of logs) {
    const columns = [log.id, ...(log.endpoint ? [log.endpoint] : []), 'status', 'details', 'created_at'];
    if (isReadable(file, report, log.table, columns)) await importLog(file, log, columns, options, report);
  }
}

async function importLog(
  file: SqliteFile,
  log: Log,
  columns: string[],
  options: ImportOptions,
  report: Report,
) {
  let batch: Entry[] = [];
  for (const { number, values } of file.rows(log.table, columns)) {
    const call = callOf(log, number, values, options);
    if ('fault' in call) report.add(log.table, number, 'not taken', [call.fault]);
    else batch.push({ number, call });
    if (batch.length < batchRows) continue;
    await write(log, batch, options, report);
    batch = [];
  }
  await write(log, batch, options, report);
}

interface Entry {
  number: number;
  call: ImportedCall;
}

async function write(log: Log, batch: Entry[], options: ImportOptions, report: Report): Promise<void> {
  const { db, caller } = options.scope;
  const calls = batch.map(({ call }) => call);
  try {
    const taken = await atSavepoint(db, () => importCalls(db, caller.company, calls, options.bodyChars));
    for (const { number, call } of batch)
      report.add(log.table, number, taken.has(call.id) ? 'taken' : 'there');
  } catch (error) {
    const fault = faultOfRow(error);
    // One that is refused takes the others with it; each by itself shows which it is.
    if (batch.length > 1) for (const entry of batch) await write(log, [entry], options, report);
    else for (const { number } of batch) report.add(log.table, number, 'not taken', [fault]);
  }
}

function callOf(
  log: Log,
  number: number,
  values: Record<string, string>,
  { scope, retentionDays }: ImportOptions,
): ImportedCall | { fault: string } {
  const { status = '', details = '', created_at = '' } = values;
  const taskId = values[log.id]?.trim() ?? '';
  const endpoint = log.endpoint && values[log.endpoint]?.trim();
  const created = instantOf(created_at);
  const httpStatus = httpStatusOf(status);
  const now = scope.now.getTime();
  if (!/^[\w-]{1,200}$/.test(taskId)) return { fault: `${log.id} is no task id` };
  if (!created || created.getTime() > now)
    return { fault: `created_at is no time in the past: ${created_at.slice(0, 40)}` };
  if (retentionDays > 0 && created.getTime() < now - retentionDays * dayMs)
    return {
      fault: `older than the ${retentionDays} days that the log keeps (ARNO_CALL_RETENTION, or the console's settings)`,
    };
  if (!httpStatus) return { fault: `status is neither a success nor a failure: ${status.slice(0, 40)}` };
  // The number alone would not do: the row may be of another database. All is as it was written, so that the id stays the same.
  const id = md5(
    JSON.stringify(['clearml-utils', log.kind, number, taskId, endpoint, status, details, created_at]),
  );
  return {
    id,
    kind: log.kind,
    created,
    hasSucceeded: httpStatus < 400,
    httpStatus,
    taskId,
    // As its mapping has it, which the call is found by.
    endpoint: endpoint === undefined ? undefined : withoutSlashes(endpoint),
    details,
  };
}

/** `2024-05-31 10:20:30.123456` as SQLite and Python write it, ISO 8601, or seconds since 1970. Without a zone it is UTC. */
function instantOf(text: string): Date | undefined {
  const given = text.trim();
  const isNumber = /^\d{9,10}(\.\d+)?$/.test(given);
  const [, day, time, zone] =
    /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d:?\d\d)?$/i.exec(given) ?? [];
  const instant = isNumber ? new Date(Number(given) * 1000) : new Date(`${day}T${time}${zone ?? 'Z'}`);
  return Number.isNaN(instant.getTime()) ? undefined : instant;
}

const success = /^(ok|success\w*|succeeded|queued|enqueued|accepted|completed?|done)$/i;
const failure =
  /^(ko|err|fail|exception|time-?out|denied|refused|unauthori[sz]ed|forbidden|not.found|invalid|unreachable)/i;

/** The older system wrote words or HTTP codes. */
function httpStatusOf(status: string): number | undefined {
  const given = status.trim();
  if (/^[1-5]\d\d$/.test(given)) return Number(given);
  if (success.test(given)) return 200;
  return failure.test(given) ? 500 : undefined;
}
