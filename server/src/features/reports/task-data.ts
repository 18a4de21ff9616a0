import type { AllEndpoints } from '@arno/protocol/clearml';
import type { Call } from '../../clearml/endpoint.ts';
import { type Entity, findExpanded } from '../../clearml/query/index.ts';
import {
  compareScalars,
  debugImages,
  getMultiTaskPlots,
  getTaskSingleValueMetrics,
} from '../events/index.ts';
import { models } from '../models/index.ts';
import { inProjectTree } from '../projects/index.ts';
import { tasks } from '../tasks/index.ts';

type Request = AllEndpoints['reports.get_task_data']['request'];

/** The tasks (or models) that a report shows, and of their events what it asks for. */
export async function taskData(call: Call, request: Request): Promise<object> {
  const documents = await find(call, request.model_events ? models : tasks, request);
  const ids = documents.map(({ id }) => String(id));
  return { tasks: documents, ...(ids.length > 0 && (await eventsOf(call, ids, request))) };
}

async function find(call: Call, entity: Entity, { include_subprojects, project, size, ...filter }: Request) {
  const tree = include_subprojects && project ? [inProjectTree('project', project)] : [];
  const wanted = { ...filter, page_size: size, ...(tree.length === 0 && project && { project }) };
  return (await findExpanded(call, entity, wanted, tree)).documents;
}

/** What the endpoints of the service `events` answer to the same questions about all these. */
async function eventsOf(call: Call, ids: string[], request: Request): Promise<object> {
  const about = { tasks: ids, model_events: request.model_events ?? false };
  const { plots, debug_images: images, scalar_metrics_iter_histogram: scalars } = request;
  const answer: Record<string, unknown> = {};
  if (plots) answer.plots = part(await getMultiTaskPlots(call, { ...about, ...plots }), 'plots');
  if (scalars) {
    const compared = await compareScalars(call, { ...about, ...scalars });
    answer.scalar_metrics_iter_histogram = part(compared, 'metrics');
  }
  if (images) {
    const { metrics = [{}], ...window } = images;
    const wanted = ids.flatMap((task) => metrics.map((metric) => ({ ...metric, task })));
    const { model_events } = about;
    answer.debug_images = part(
      await debugImages(call, { ...window, metrics: wanted, model_events }),
      'metrics',
    );
  }
  if (request.single_value_metrics) {
    answer.single_value_metrics = part(await getTaskSingleValueMetrics(call, about), 'tasks');
  }
  return answer;
}

function part(answer: object, key: string): unknown {
  return (answer as Record<string, unknown>)[key];
}
