import { type Call, type Endpoint, read } from '../../clearml/endpoint.ts';
import { readableOwners } from './access.ts';
import type { Request } from './request.ts';
import { nextPlace, type Sample, SamplePosition, type SampleType, sampleAt, sampleOf } from './samples.ts';
import { fromScrollId, toScrollId } from './scroll.ts';

/** A viewer that shows one image, or the plots of one metric, and goes on from there. */
export const sampleEndpoints: Endpoint[] = [
  read('events.get_debug_image_sample', (call, request) =>
    firstSample(call, 'training_debug_image', request),
  ),
  read('events.get_plot_sample', (call, request) => firstSample(call, 'plot', { ...request, variant: '' })),
  read('events.next_debug_image_sample', (call, request) =>
    nextSample(call, 'training_debug_image', request),
  ),
  read('events.next_plot_sample', (call, request) => nextSample(call, 'plot', request)),
];

async function firstSample(
  call: Call,
  type: SampleType,
  request: Request<'events.get_debug_image_sample'>,
): Promise<object> {
  const { task, metric, variant, iteration, navigate_current_metric: currentMetric = true } = request;
  await readableOwners(call, [task], request);
  const sample = await sampleAt(call.db, task, type, { metric, variant, iteration });
  return answer(type, sample, { metric, variant, iteration: sample.iteration, currentMetric });
}

/** At the end of the way there is nothing to show, and the position stays: the way back begins there. */
async function nextSample(
  call: Call,
  type: SampleType,
  request: Request<'events.next_debug_image_sample'>,
): Promise<object> {
  const { task, navigate_earlier: earlier = true, next_iteration: nextIteration = false } = request;
  await readableOwners(call, [task], request);
  const position = fromScrollId(request.scroll_id, SamplePosition) ?? nowhere;
  const next = await nextPlace(call.db, task, type, position, { earlier, nextIteration });
  const sample = await sampleOf(call.db, task, type, next ?? position);
  return answer(type, next ? sample : { ...sample, events: [] }, next ?? position);
}

const nowhere: SamplePosition = { metric: '', variant: '', iteration: null, currentMetric: false };

function answer(type: SampleType, { events, min, max }: Sample, position: SamplePosition): object {
  const [event] = events;
  return {
    scroll_id: toScrollId(position),
    ...(type === 'plot' ? { events } : event && { event }),
    ...(min !== undefined && { min_iteration: min, max_iteration: max }),
  };
}
