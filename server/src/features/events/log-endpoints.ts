import { Readable } from 'node:stream';
import Type from 'typebox';
import { atLeast } from '../../clearml/contracts.ts';
import { type Call, type Endpoint, RawAnswer, read, write } from '../../clearml/endpoint.ts';
import { lockForDeletion, readableOwners } from './access.ts';
import { deleteLines } from './deletion.ts';
import { type LogEvent, logLines, logPage } from './log.ts';
import { type Request, within } from './request.ts';
import { fromScrollId, toScrollId } from './scroll.ts';

/** The console of a task. */
export const logEndpoints: Endpoint[] = [
  read('events.get_task_log', getTaskLog),
  read('events.download_task_log', downloadTaskLog),

  write('events.clear_task_log', async (call, request) => {
    const { task, allow_locked, threshold_sec = 0 } = request;
    await lockForDeletion(call, 'tasks', task, allow_locked);
    const before = threshold_sec > 0 ? call.now.getTime() - threshold_sec * 1000 : undefined;
    const { include_metrics: include, exclude_metrics: exclude } = request;
    return { deleted: await deleteLines(call.db, task, { before, include, exclude }) };
  }),
];

/**
 * Before 2.9 the way was named `from` (or implied by `order`) and continued by a `scroll_id`; since then it is
 * `navigate_earlier` and `from_timestamp`. `order` turns the page round, not the way.
 */
async function getTaskLog(call: Call, request: Request<'events.get_task_log'>): Promise<object> {
  await readableOwners(call, [request.task]);
  const modern = atLeast(call.version, 2, 9);
  const start = request.from ?? (request.order === 'asc' && !atLeast(call.version, 1, 7) ? 'head' : 'tail');
  const earlier = modern ? (request.navigate_earlier ?? true) : start === 'tail';
  const position = fromScrollId(request.scroll_id, LogPosition);
  const { events, total, last } = await logPage(call.db, request.task, {
    earlier,
    from: modern ? request.from_timestamp : position?.from,
    size: within(request.batch_size ?? 500, 5000, 'batch_size'),
  });
  const order = request.order ?? (earlier ? 'desc' : 'asc');
  if ((order === 'desc') !== earlier) events.reverse();
  const from = last ?? position?.from;
  const scroll = modern || from === undefined ? {} : { scroll_id: toScrollId({ from }) };
  return { events, returned: events.length, total, ...scroll };
}

const LogPosition = Type.Object({ from: Type.Number() });

const defaultFormat = '{asctime} {worker} {level} {msg}';

async function downloadTaskLog(call: Call, request: Request<'events.download_task_log'>): Promise<RawAnswer> {
  const { task, line_type = 'text', line_format = defaultFormat } = request;
  await readableOwners(call, [task]);
  const format = line_type === 'json' ? (line: LogEvent) => JSON.stringify(line) : textLine(line_format);
  return new RawAnswer('text/plain; charset=utf-8', `task_${task}.log`, Readable.from(formatted()));

  async function* formatted(): AsyncGenerator<string> {
    // Page by page: a log can be larger than memory.
    for await (const lines of logLines(call.db, task)) {
      yield `${lines.map(format).join('\n')}\n`;
    }
  }
}

/** Fills `{asctime}` and any field of an event into a line; what an event lacks is left empty. */
function textLine(format: string): (line: LogEvent) => string {
  return (line) =>
    format.replace(/\{(\w+)\}/g, (_placeholder, field: string) =>
      field === 'asctime'
        ? new Date(line.timestamp).toISOString()
        : String(Object.hasOwn(line, field) ? line[field as keyof LogEvent] : '').trimEnd(),
    );
}
