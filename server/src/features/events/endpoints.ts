import type { AllEndpoints, EndpointName } from '@arno/protocol/clearml';
import Type from 'typebox';
import { atLeast } from '../../clearml/contracts.ts';
import { batch, type Call, type Endpoint, read, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { readableTasks } from './access.ts';
import { type EventType, type RawEvent, sortIntoColumns } from './events.ts';
import { scalarHistogram } from './histogram.ts';
import { ImagePosition, imagePage, nextWindow } from './images.ts';
import { EventPosition, eventPage } from './list.ts';
import { logPage } from './log.ts';
import { PlotPosition, plotPage } from './plots.ts';
import { fromScrollId, toScrollId } from './scroll.ts';
import { singleValuesOf } from './single-values.ts';
import { lockTasks, storeColumns } from './store.ts';

/** The endpoints of the service `events` that trainings, agents and read-back use. */
export function eventsEndpoints(): Endpoint[] {
  return [
    batch('events.add_batch', addEvents),
    write('events.add', (call, event) => addEvents(call, [event as RawEvent])),
    read('events.get_task_log', getTaskLog),
    read('events.get_task_events', getTaskEvents),
    read('events.get_task_plots', getTaskPlots),
    read('events.debug_images', debugImages),
    read('events.scalar_metrics_iter_histogram', scalarMetricsIterHistogram),
    read('events.get_task_single_value_metrics', getTaskSingleValueMetrics),
  ];
}

type Request<Name extends EndpointName> = AllEndpoints[Name]['request'];

async function addEvents(call: Call, events: readonly RawEvent[]): Promise<object> {
  const ids = new Set(events.map(({ task }) => task).filter((task) => typeof task === 'string'));
  const statuses = await lockTasks(call, [...ids]);
  const worker = call.worker ?? '';
  const columns = sortIntoColumns(events, { statuses, worker, now: call.now.getTime() });
  const { added } = columns;
  const refusals = columns.refusals();
  if (added === 0) {
    const reasons = Object.keys(refusals.errors_info).join('; ');
    throw new ClearmlError('events_not_added', reasons, { added, ...refusals });
  }
  await storeColumns(call, columns);
  return { added, ...refusals };
}

/**
 * The console. Before 2.9 the way was named `from` (or implied by `order`) and continued by a `scroll_id`; since then it is
 * `navigate_earlier` and `from_timestamp`. `order` turns the page round, not the way.
 */
async function getTaskLog(call: Call, request: Request<'events.get_task_log'>): Promise<object> {
  await readableTasks(call, [request.task], {});
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

async function getTaskEvents(call: Call, request: Request<'events.get_task_events'>): Promise<object> {
  const { task, metrics, order = 'asc', batch_size = 500 } = request;
  await readableTasks(call, [task], request);
  const { events, total, next } = await eventPage(
    call.db,
    { taskId: task, metrics, descending: order === 'desc' },
    {
      type: eventType(request.event_type),
      position: fromScrollId(request.scroll_id, EventPosition),
      size: within(batch_size, 10_000, 'batch_size'),
    },
  );
  return { events, returned: events.length, total, ...(next && { scroll_id: toScrollId(next) }) };
}

function eventType(type: string | undefined): EventType | undefined {
  const types: Record<EventType, true> = {
    training_stats_scalar: true,
    training_stats_vector: true,
    training_debug_image: true,
    plot: true,
    log: true,
  };
  if (type === undefined || Object.hasOwn(types, type)) return type as EventType | undefined;
  throw new ClearmlError('validation_error', `event_type is one of ${Object.keys(types).join(', ')}`);
}

async function getTaskPlots(call: Call, request: Request<'events.get_task_plots'>): Promise<object> {
  const { task, metrics, iters = 1, no_scroll = false } = request;
  await readableTasks(call, [task], request);
  const { plots, total, next } = await plotPage(call.db, task, {
    iterations: within(iters, Number.MAX_SAFE_INTEGER, 'iters'),
    metrics,
    after: fromScrollId(request.scroll_id, PlotPosition),
    size: 10_000,
  });
  const scroll = next && !no_scroll ? { scroll_id: toScrollId(next) } : {};
  return { plots, returned: plots.length, total, ...scroll };
}

async function debugImages(call: Call, request: Request<'events.debug_images'>): Promise<object> {
  const { task, iters = 1, navigate_earlier = true, refresh = false } = request;
  const metrics = request.metrics ?? [{ task: task ?? '' }];
  const tasks = await readableTasks(call, [...new Set(metrics.map((metric) => metric.task))], request);
  const position = refresh ? undefined : fromScrollId(request.scroll_id, ImagePosition);
  const window = nextWindow(position, within(iters, 10_000, 'iters'), navigate_earlier);
  const page = await imagePage(call.db, metrics, window);
  const scroll_id = toScrollId(page.position);
  if (!atLeast(call.version, 2, 7)) {
    const { events: images } = page;
    return { task, images, returned: images.length, total: images.length, scroll_id };
  }
  const answer = [...tasks.keys()].map((id) => ({ task: id, iterations: iterationsOf(id, page.events) }));
  return { metrics: answer, scroll_id };
}

/** The images of a task by iteration, in the order given. */
function iterationsOf(task: string, images: { task: string; iter: number }[]) {
  const iterations = new Map<number, object[]>();
  for (const image of images) {
    if (image.task !== task) continue;
    const events = iterations.get(image.iter) ?? [];
    events.push(image);
    iterations.set(image.iter, events);
  }
  return [...iterations].map(([iter, events]) => ({ iter, events }));
}

async function scalarMetricsIterHistogram(
  call: Call,
  request: Request<'events.scalar_metrics_iter_histogram'>,
): Promise<object> {
  const { task, metrics, key = 'iter', samples = 2000 } = request;
  await readableTasks(call, [task], request);
  return scalarHistogram(call.db, task, { samples: within(samples, 6000, 'samples'), key, metrics });
}

async function getTaskSingleValueMetrics(
  call: Call,
  request: Request<'events.get_task_single_value_metrics'>,
): Promise<object> {
  const names = await readableTasks(call, request.tasks, request);
  const byTask = await singleValuesOf(call.db, request.tasks, request.metrics);
  const withValues = [...names].filter(([task]) => byTask.has(task));
  return {
    tasks: withValues.map(([task, task_name]) => ({ task, task_name, values: byTask.get(task) })),
  };
}

/** A count a client asked for, cut to what one answer may hold. */
function within(value: number, most: number, field: string): number {
  if (value < 1) throw new ClearmlError('validation_error', `${field} must be at least 1`);
  return Math.min(value, most);
}
