import { toUSVString } from 'node:util';
import type { Owner, OwnerTable } from './access.ts';
import { Columns } from './columns.ts';
import { sourceUrls } from './source-urls.ts';

/** An event as a client sent it: nothing about it is certain. */
export type RawEvent = Record<string, unknown>;

export type DocumentType = 'plot' | 'training_debug_image' | 'training_stats_vector';
export type EventType = 'training_stats_scalar' | 'log' | DocumentType;

export interface Context {
  /** Tasks and models that the caller may write to; all that the events name when that is yet to be found out. */
  owners?: ReadonlyMap<string, Owner>;
  /** Who reports, when the event does not say. */
  worker: string;
  /** Milliseconds since 1970, for events without a time. */
  now: number;
}

/** Sorts the events of a batch into columns. A bad event is refused with its reason; the others are to be stored. */
export function sortIntoColumns(events: Iterable<RawEvent>, context: Context): Columns {
  const columns = new Columns();
  for (const event of events) {
    try {
      place(event, context, columns);
      columns.tally.added++;
    } catch (error) {
      if (!(error instanceof BadEvent)) throw error;
      columns.tally.refuse(error.message);
    }
  }
  return columns;
}

class BadEvent extends Error {}

function place(event: RawEvent, context: Context, columns: Columns): void {
  const task = ownerOf(event, context, columns);
  const ts = wholeNumber(event.timestamp ?? event.ts ?? context.now, 'timestamp');
  const metric = text(event.metric, 'metric');
  const variant = text(event.variant, 'variant');
  if (event.type === 'log') {
    columns.touch(task, undefined);
    placeLog(event, { task, ts, metric, variant, worker: workerOf(event, context) }, columns);
    return;
  }
  const iter = wholeNumber(event.iter ?? 0, 'iter');
  if (event.type === 'training_stats_scalar') {
    placeScalar(event, { task, ts, metric, variant, iter }, columns);
  } else {
    const head = { task, ts, metric, variant, iter, worker: workerOf(event, context) };
    columns.addDocument({ ...head, ...documentOf(event) });
  }
  columns.touch(task, countsAsProgress(metric) ? iter : undefined);
}

/** The task, or of a model's event the model, that the caller may add the event to. */
function ownerOf(event: RawEvent, { owners }: Context, { named }: Columns): string {
  const { task } = event;
  if (typeof task !== 'string' || task === '') throw new BadEvent('task is missing');
  const table = event.model_event === true ? 'models' : 'tasks';
  const allowLocked = event.allow_locked === true;
  if (owners) requireOwner(owners.get(task), { table, task, allowLocked });
  named.add(table, task, allowLocked);
  return task;
}

function requireOwner(
  owner: Owner | undefined,
  { table, task, allowLocked }: { table: OwnerTable; task: string; allowLocked: boolean },
): void {
  const word = table === 'tasks' ? 'task' : 'model';
  if (owner?.table !== table) throw new BadEvent(`unknown ${word} ${excerpt(task)}`);
  if (owner.locked && !allowLocked) {
    throw new BadEvent(`${word} ${task} is published: set allow_locked to add to it`);
  }
}

/** Machine monitors report seconds as iterations: they say nothing about the task's progress. */
function countsAsProgress(metric: string): boolean {
  return metric !== ':monitor:machine' && metric !== ':monitor:gpu';
}

function placeScalar(
  event: RawEvent,
  head: { task: string; metric: string; variant: string; iter: number; ts: number },
  columns: Columns,
): void {
  const { value } = event;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new BadEvent('value is not a number');
  if (!Number.isFinite(Math.fround(value))) throw new BadEvent(`value ${value} is beyond a 32-bit float`);
  const label = event.x_axis_label;
  if (label !== undefined && label !== null && typeof label !== 'string') {
    throw new BadEvent('x_axis_label is not text');
  }
  const series = columns.series(head.task, head.metric, head.variant);
  series.add(head.iter, head.ts, value);
  series.xAxisLabel = label ?? series.xAxisLabel;
}

function placeLog(
  event: RawEvent,
  head: { task: string; ts: number; metric: string; variant: string; worker: string },
  { logs }: Columns,
): void {
  logs.task.push(head.task);
  logs.ts.push(head.ts);
  logs.worker.push(head.worker);
  logs.level.push(typeof event.level === 'string' ? event.level : '');
  logs.metric.push(head.metric);
  logs.variant.push(head.variant);
  logs.msg.push(typeof event.msg === 'string' ? event.msg : '');
}

/** What a plot, an image or a vector must bring, and the rest of it as JSON. */
function documentOf(event: RawEvent): {
  type: DocumentType;
  key: string;
  url: string | null;
  sourceUrls: string[];
  document: string;
} {
  const { type } = event;
  switch (type) {
    case 'plot':
      if (typeof event.plot_str !== 'string') throw new BadEvent('plot_str is missing');
      break;
    case 'training_debug_image':
      if (typeof event.url !== 'string' || event.url === '') throw new BadEvent('url is missing');
      break;
    case 'training_stats_vector':
      if (!Array.isArray(event.values)) throw new BadEvent('values is not a list');
      break;
    default:
      throw new BadEvent(type === undefined ? 'type is missing' : `unknown type ${excerpt(String(type))}`);
  }
  const url = typeof event.url === 'string' ? event.url : null;
  const sources = type === 'plot' ? sourceUrls(event.plot_str as string) : [];
  return {
    type,
    key: text(event.key, 'key'),
    url,
    sourceUrls: sources,
    document: JSON.stringify(rest(event)),
  };
}

/** Fields that have a column, or that only steer the request; `method` is sent by the SDK with everything. */
const known = new Set(
  'task type metric variant iter key timestamp ts worker url method allow_locked model_event skip_validation'.split(
    ' ',
  ),
);

function rest(event: RawEvent): RawEvent {
  return Object.fromEntries(Object.entries(event).filter(([name]) => !known.has(name)));
}

function workerOf(event: RawEvent, context: Context): string {
  return text(event.worker, 'worker') || context.worker;
}

function text(value: unknown, field: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new BadEvent(`${field} is not text`);
  // Half a surrogate pair is no text for PostgreSQL: as sent it would not be found again.
  return toUSVString(value);
}

/** Iterations and milliseconds. Beyond 2^53 JSON's numbers are no longer exact, so neither end of the wire could tell them apart. */
function wholeNumber(value: unknown, field: string): number {
  const whole = field === 'timestamp' && typeof value === 'number' ? Math.trunc(value) : value;
  if (!Number.isSafeInteger(whole))
    throw new BadEvent(`${field} ${excerpt(String(value))} is not a whole number below 2^53`);
  return whole as number;
}

function excerpt(value: string): string {
  return value.length > 80 ? `${value.slice(0, 80)}…` : value;
}
