import type { Hyperparams } from '../../../features/tasks/index.ts';
import { withParams } from '../../enqueue/params.ts';
import { cloneName } from '../clone-name.ts';
import type { TaskOrder } from '../task-backend.ts';
import type { RemoteTask } from './remote-server.ts';

/** All that is needed to make the clone of an order and to queue it, as it is kept while that is not done. */
export interface Placement {
  /** Ids of the template and of the queue. */
  template: string;
  queue: string;
  name: string;
  tags: string[];
  hyperparams: Hyperparams;
  container: Record<string, string>;
  /** Path of the project; undefined leaves the clone beside its template. */
  project?: string | undefined;
  comment: string;
  /** Whether it goes before every other entry of the queue. */
  isUrgent: boolean;
}

/** Fields of a template that its clone is made from. */
export const templateFields = ['name', 'tags', 'hyperparams', 'container'];

const tagPrefix = 'arno-call:';

/** The tag by which the clone of a call is found when nobody knows whether it was made. */
export function tagOf(callId: string): string {
  return tagPrefix + callId;
}

/** Whether a tag says that its task is the clone of a call. */
export function isTagOfCall(tag: string): boolean {
  return tag.startsWith(tagPrefix);
}

/** @throws GatewayError invalid_request for parameters that no task can take */
export function placementOf(order: TaskOrder, template: RemoteTask, queue: string, now: Date): Placement {
  const { image: _, ...container } = template.container ?? {};
  const hyperparams = (template.hyperparams ?? {}) as Hyperparams;
  return {
    template: order.template,
    queue,
    name: cloneName(template.name ?? order.template, now),
    tags: [...new Set([...(template.tags ?? []), ...order.tags, tagOf(order.callId)])],
    hyperparams: withParams(hyperparams, order.params),
    container: { ...container, image: order.image ?? '' },
    project: order.project,
    comment: order.comment,
    isUrgent: order.isUrgent,
  };
}
