import { defined, oneOf, positive, type RawSearch, someOf, text } from '../../app/search.ts';

/** The statuses people filter by, in the order of a task's life. */
export const statuses = [
  'created',
  'queued',
  'in_progress',
  'completed',
  'failed',
  'stopped',
  'published',
] as const;
export type FilterStatus = (typeof statuses)[number];

const sortable = ['name', 'type', 'status', 'started', 'last_update', 'last_worker'] as const;
export const pageSizes = [25, 50, 100] as const;

export interface TasksSearch {
  status?: FilterStatus[];
  /** Part of a name or an id. */
  q?: string;
  /** Id of a project. */
  project?: string;
  /** Field of `sortable`, `-` before it for descending; without it the last changed first. */
  order?: string;
  /** 1 is the first. */
  page?: number;
  size?: number;
}

export function readTasksSearch(search: RawSearch): TasksSearch {
  const order = text(search.order);
  const size = positive(search.size);
  return defined({
    status: someOf(statuses, search.status),
    q: text(search.q),
    project: text(search.project),
    order: order && oneOf(sortable, order.replace(/^-/, '')) ? order : undefined,
    page: positive(search.page),
    size: pageSizes.find((known) => known === size),
  });
}

export const smoothingMax = 0.99;

export interface ScalarsSearch {
  /** Part of a metric's name. */
  metric?: string;
  axis?: 'time';
  /** Exponential smoothing, 0 (none) to 0.99. */
  smooth?: number;
}

export function readScalarsSearch(search: RawSearch): ScalarsSearch {
  const smooth = Number(search.smooth);
  return defined({
    metric: text(search.metric),
    axis: oneOf(['time'] as const, search.axis),
    smooth: smooth > 0 && smooth <= smoothingMax ? smooth : undefined,
  });
}
