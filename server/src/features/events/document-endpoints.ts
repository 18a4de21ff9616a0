import { atLeast } from '../../clearml/contracts.ts';
import { type Call, type Endpoint, read } from '../../clearml/endpoint.ts';
import { readableOwners } from './access.ts';
import type { DocumentEvent } from './documents.ts';
import { metricsOf } from './metrics.ts';
import { PlotPosition, plotPage } from './plots.ts';
import { ownerIds, type Request, within } from './request.ts';
import { fromScrollId, toScrollId } from './scroll.ts';
import { vectorsOf } from './vectors.ts';
import { nextWindow, WindowPosition, windowPage } from './windows.ts';

/** Plots, debug images and vectors. */
export const documentEndpoints: Endpoint[] = [
  read('events.get_task_plots', getTaskPlots),
  read('events.get_multi_task_plots', getMultiTaskPlots),
  read('events.plots', (call, request) => windowOf(call, 'plot', request)),
  read('events.debug_images', debugImages),

  read('events.get_vector_metrics_and_variants', async (call, request) => {
    await readableOwners(call, [request.task], request);
    const found = await metricsOf(call.db, [request.task], 'training_stats_vector');
    return { metrics: found.map(({ metric, variants }) => ({ metric, variants })) };
  }),
  read('events.vector_metrics_iter_histogram', async (call, request) => {
    const { task, metric, variant } = request;
    await readableOwners(call, [task], request);
    return { metric, variant, ...(await vectorsOf(call.db, task, metric, variant)) };
  }),
];

const maxPlots = 10_000;

async function getTaskPlots(call: Call, request: Request<'events.get_task_plots'>): Promise<object> {
  const { task, metrics, iters = 1, no_scroll = false } = request;
  await readableOwners(call, [task], request);
  const { plots, total, next } = await plotPage(call.db, [task], {
    iterations: within(iters, Number.MAX_SAFE_INTEGER, 'iters'),
    of: 'variant',
    metrics,
    after: fromScrollId(request.scroll_id, PlotPosition),
    size: maxPlots,
  });
  const scroll = next && !no_scroll ? { scroll_id: toScrollId(next) } : {};
  return { plots, returned: plots.length, total, ...scroll };
}

/** Metric -> variant -> task -> iteration -> plots. Before 2.26 the last iterations were those of the whole task. */
export async function getMultiTaskPlots(
  call: Call,
  request: Request<'events.get_multi_task_plots'>,
): Promise<object> {
  const { metrics, iters = 1, no_scroll = false } = request;
  const names = await readableOwners(call, ownerIds(request.tasks), request);
  const ofMetric = request.last_iters_per_task_metric ?? atLeast(call.version, 2, 26);
  const { plots, total, next } = await plotPage(call.db, request.tasks, {
    iterations: within(iters, Number.MAX_SAFE_INTEGER, 'iters'),
    of: ofMetric ? 'metric' : 'task',
    metrics,
    after: fromScrollId(request.scroll_id, PlotPosition),
    size: maxPlots,
  });
  const scroll = next && !no_scroll ? { scroll_id: toScrollId(next) } : {};
  return { plots: nested(plots, names), returned: plots.length, total, ...scroll };
}

interface PlotsOfIteration {
  /** Of the task. */
  name: string;
  plots: DocumentEvent[];
}

type Level<Value> = Record<string, Value>;

function nested(
  plots: DocumentEvent[],
  names: ReadonlyMap<string, string>,
): Level<Level<Level<Level<PlotsOfIteration>>>> {
  // Names come from clients: with a prototype, one called "constructor" would find what nobody put there.
  const level = <Value>(): Level<Value> => Object.create(null);
  const metrics = level<Level<Level<Level<PlotsOfIteration>>>>();
  for (const plot of plots) {
    const { metric, variant, task, iter } = plot;
    metrics[metric] ??= level();
    metrics[metric][variant] ??= level();
    metrics[metric][variant][task] ??= level();
    metrics[metric][variant][task][iter] ??= { name: names.get(task) ?? '', plots: [] };
    metrics[metric][variant][task][iter].plots.push(plot);
  }
  return metrics;
}

/** Before 2.7 one task's images came as one list. */
export async function debugImages(call: Call, request: Request<'events.debug_images'>): Promise<object> {
  if (atLeast(call.version, 2, 7)) return windowOf(call, 'training_debug_image', request);
  const { task = '' } = request;
  const { events: images, scroll_id } = await windowEvents(call, 'training_debug_image', {
    ...request,
    metrics: [{ task }],
  });
  return { task, images, returned: images.length, total: images.length, scroll_id };
}

type WindowRequest = Omit<Request<'events.plots'>, 'metrics'> & Partial<Request<'events.plots'>>;
type WindowType = 'plot' | 'training_debug_image';

async function windowOf(call: Call, type: WindowType, request: WindowRequest): Promise<object> {
  const { events, tasks, scroll_id } = await windowEvents(call, type, request);
  return { metrics: tasks.map((task) => ({ task, iterations: iterationsOf(task, events) })), scroll_id };
}

async function windowEvents(call: Call, type: WindowType, request: WindowRequest) {
  const { metrics = [], iters = 1, navigate_earlier = true, refresh = false } = request;
  const tasks = ownerIds([...new Set(metrics.map(({ task }) => task))]);
  await readableOwners(call, tasks, request);
  const position = refresh ? undefined : fromScrollId(request.scroll_id, WindowPosition);
  const window = nextWindow(position, within(iters, 10_000, 'iters'), navigate_earlier);
  const page = await windowPage(call.db, type, metrics, window);
  return { events: page.events, tasks, scroll_id: toScrollId(page.position) };
}

/** The events of a task by iteration, in the order given. */
function iterationsOf(task: string, events: DocumentEvent[]) {
  const iterations = new Map<number, object[]>();
  for (const event of events) {
    if (event.task !== task) continue;
    const ofIteration = iterations.get(event.iter) ?? [];
    ofIteration.push(event);
    iterations.set(event.iter, ofIteration);
  }
  return [...iterations].map(([iter, ofIteration]) => ({ iter, events: ofIteration }));
}
