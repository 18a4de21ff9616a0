import Type from 'typebox';
import { type Call, type Endpoint, read } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { readableOwners } from './access.ts';
import type { EventType } from './events.ts';
import { comparedHistogram, type ScalarKey, scalarHistogram, type Thinning } from './histogram.ts';
import { latestValues } from './latest-values.ts';
import { EventPosition, eventPage } from './list.ts';
import { metricsOf } from './metrics.ts';
import { RawPosition, rawPoints } from './raw-points.ts';
import { ownerIds, type Request, within } from './request.ts';
import { fromScrollId, toScrollId } from './scroll.ts';
import { singleValuesOf } from './single-values.ts';

/** Scalars in all their forms, the list of all events, and the names of metrics. */
export const scalarEndpoints: Endpoint[] = [
  read('events.get_task_events', getTaskEvents),
  read('events.get_scalar_metric_data', getScalarMetricData),
  read('events.scalar_metrics_iter_histogram', scalarMetricsIterHistogram),
  read('events.multi_task_scalar_metrics_iter_histogram', compareScalars),
  read('events.scalar_metrics_iter_raw', scalarMetricsIterRaw),
  read('events.get_task_single_value_metrics', getTaskSingleValueMetrics),
  read('events.get_task_latest_scalar_values', async (call, { task }) => {
    await readableOwners(call, [task]);
    return latestValues(call.db, task);
  }),
  read('events.get_scalar_metrics_and_variants', async (call, request) => {
    await readableOwners(call, [request.task], request);
    const found = await metricsOf(call.db, [request.task], 'training_stats_scalar');
    return { metrics: Object.fromEntries(found.map(({ metric, variants }) => [metric, variants])) };
  }),
  read('events.get_task_metrics', async (call, request) => {
    await readableOwners(call, ownerIds(request.tasks), request);
    const found = await metricsOf(call.db, request.tasks, eventType(request.event_type));
    const namesOf = (task: string) =>
      found.filter(({ tasks }) => tasks.includes(task)).map(({ metric }) => metric);
    return { metrics: [...new Set(request.tasks)].map((task) => ({ task, metrics: namesOf(task) })) };
  }),
  read('events.get_multi_task_metrics', async (call, request) => {
    await readableOwners(call, ownerIds(request.tasks), request);
    const found = await metricsOf(call.db, request.tasks, eventType(request.event_type));
    return { metrics: found.map(({ metric, variants }) => ({ metric, variants })) };
  }),
  // Positions are kept by the client, so there is nothing to forget.
  read('events.clear_scroll', () => ({})),
];

async function getTaskEvents(call: Call, request: Request<'events.get_task_events'>): Promise<object> {
  const { task, metrics, order = 'asc', batch_size = 500 } = request;
  await readableOwners(call, [task], request);
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

async function getScalarMetricData(
  call: Call,
  request: Request<'events.get_scalar_metric_data'>,
): Promise<object> {
  const { task, metric, no_scroll = false } = request;
  if (task === undefined || metric === undefined) {
    throw new ClearmlError('missing_required_fields', `${task === undefined ? 'task' : 'metric'} is missing`);
  }
  await readableOwners(call, [task], request);
  const { events, total, next } = await eventPage(
    call.db,
    { taskId: task, metrics: [{ metric }], descending: false },
    { type: 'training_stats_scalar', position: fromScrollId(request.scroll_id, EventPosition), size: 10_000 },
  );
  const scroll = next && !no_scroll ? { scroll_id: toScrollId(next) } : {};
  return { events, returned: events.length, total, ...scroll };
}

async function scalarMetricsIterHistogram(
  call: Call,
  request: Request<'events.scalar_metrics_iter_histogram'>,
): Promise<object> {
  await readableOwners(call, [request.task], request);
  return scalarHistogram(call.db, request.task, thinning(request));
}

export async function compareScalars(
  call: Call,
  request: Request<'events.multi_task_scalar_metrics_iter_histogram'>,
): Promise<object> {
  const names = await readableOwners(call, ownerIds(request.tasks), request);
  return { metrics: await comparedHistogram(call.db, names, thinning(request)) };
}

function thinning({
  samples = 2000,
  key = 'iter',
  metrics,
}: Omit<Request<'events.scalar_metrics_iter_histogram'>, 'task'>): Thinning {
  return { samples: within(samples, 6000, 'samples'), key, metrics };
}

async function scalarMetricsIterRaw(
  call: Call,
  request: Request<'events.scalar_metrics_iter_raw'>,
): Promise<object> {
  const { task, metric, count_total = false, batch_size = 10_000 } = request;
  await readableOwners(call, [task], request);
  const position = fromScrollId(request.scroll_id, RawScroll);
  const key: ScalarKey = position?.key ?? request.key ?? 'iter';
  const page = await rawPoints(call.db, task, {
    metric,
    key,
    position,
    size: within(batch_size, 200_000, 'batch_size'),
    count: count_total && position?.total === undefined,
  });
  const total = position?.total ?? page.total;
  const scroll = page.last && {
    scroll_id: toScrollId({ ...page.last, key, ...(total !== undefined && { total }) }),
  };
  return {
    variants: page.variants,
    returned: page.returned,
    ...(total !== undefined && { total }),
    ...scroll,
  };
}

const RawScroll = Type.Intersect([
  RawPosition,
  Type.Object({
    key: Type.Union([Type.Literal('iter'), Type.Literal('timestamp'), Type.Literal('iso_time')]),
    total: Type.Optional(Type.Number()),
  }),
]);

export async function getTaskSingleValueMetrics(
  call: Call,
  request: Request<'events.get_task_single_value_metrics'>,
): Promise<object> {
  const names = await readableOwners(call, ownerIds(request.tasks), request);
  const byTask = await singleValuesOf(call.db, request.tasks, request.metrics);
  const withValues = [...names].filter(([task]) => byTask.has(task));
  return {
    tasks: withValues.map(([task, task_name]) => ({ task, task_name, values: byTask.get(task) })),
  };
}
