import type { TaskOrder } from '@arno/protocol';
import { defined, oneOf, type Paging, type RawSearch, readPaging, someOf, text } from '../../app/search.ts';

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

export const types = [
  'training',
  'testing',
  'inference',
  'data_processing',
  'application',
  'monitor',
  'controller',
  'optimizer',
  'service',
  'qc',
  'custom',
] as const;
export type TaskType = (typeof types)[number];

const sortable = ['last_update', 'created', 'name', 'status', 'type'] as const satisfies readonly TaskOrder[];

export interface TasksSearch extends Paging {
  status?: FilterStatus[];
  type?: TaskType;
  /** Part of a name, or the beginning of an id. */
  q?: string;
  /** Id of a project: with all below it. */
  project?: string;
  /** Id of a person. */
  user?: string;
  /** A task has all of them; see `toTagWord`. */
  tags?: string[];
  /** A field of `sortable`, `-` before it for descending; without it the last changed first. */
  order?: `${'-' | ''}${TaskOrder}`;
  /** Where the page begins, or ends, as the server named it; without either it is the first one. */
  after?: string;
  before?: string;
}

export function readTasksSearch(search: RawSearch): TasksSearch {
  const order = text(search.order);
  return defined({
    status: someOf(statuses, search.status),
    type: oneOf(types, search.type),
    q: text(search.q),
    project: text(search.project),
    user: text(search.user),
    tags: readTags(search.tags),
    order: order && oneOf(sortable, order.replace(/^-/, '')) ? (order as `-${TaskOrder}`) : undefined,
    after: text(search.after),
    before: text(search.before),
    ...readPaging(search),
  });
}

function readTags(value: unknown): string[] | undefined {
  const tags = (Array.isArray(value) ? value : (text(value)?.split(',') ?? [])).filter(Boolean);
  return tags.length > 0 ? tags : undefined;
}

/** A tag as it stands in an address, where commas are between tags. */
export function toTagWord(tag: string): string {
  return tag.replace(/[%,]/g, encodeURIComponent);
}

export function ofTagWord(word: string): string {
  return word.replace(/%2C|%25/gi, decodeURIComponent);
}

/** Whether anything keeps tasks out of the list. */
export function isFiltered({ status, type, q, project, user, tags }: TasksSearch): boolean {
  return Boolean(status || type || q || project || user || tags);
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
