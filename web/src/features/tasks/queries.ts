import type { AllEndpoints } from '@arno/protocol/clearml';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { clearml } from '../../api/clearml.ts';
import { parseTime } from '../../ui/format.ts';
import type { TasksSearch } from './search.ts';

export type Task = NonNullable<AllEndpoints['tasks.get_by_id']['response']['task']>;
type Listing = AllEndpoints['tasks.get_all']['request'];

const POLL_MS = 5_000;
const LIST_FIELDS = [
  'name',
  'type',
  'status',
  'project',
  'created',
  'started',
  'completed',
  'status_changed',
  'active_duration',
  'last_update',
  'last_worker',
  'last_iteration',
];
export const DEFAULT_ORDER = '-last_update';
export const DEFAULT_SIZE = 25;

/** The filter part of a listing. Archived tasks belong to no list. */
function filterOf({ status, q, project }: TasksSearch): Listing {
  return {
    system_tags: ['-archived'],
    ...(status && { status }),
    ...(project && { project: [project] }),
    ...(q && { _any_: { fields: ['name', 'id'], pattern: escapePattern(q) } }),
  };
}

/** The protocol's patterns are regular expressions; people type plain text. */
function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** One page of tasks. The answer carries its own scope, because the one before it stays visible while a new one loads. */
export function taskListQuery(search: TasksSearch) {
  const { order = DEFAULT_ORDER, page = 1, size = DEFAULT_SIZE } = search;
  return queryOptions({
    queryKey: ['tasks', 'list', search],
    queryFn: async ({ signal }) => {
      const listing = { ...filterOf(search), order_by: [order], page: page - 1, page_size: size };
      const { tasks = [] } = await clearml.call(
        'tasks.get_all',
        { ...listing, only_fields: LIST_FIELDS },
        { signal },
      );
      return { scope: JSON.stringify(search), tasks: tasks as Task[] };
    },
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });
}

/** The most that one call may list, so also how far tasks are counted. */
export const COUNT_LIMIT = 500;

/** How many tasks a filter finds, up to COUNT_LIMIT: the protocol's listing has no total, so their ids are counted. */
export function taskCountQuery({ status, q, project }: TasksSearch) {
  const filter = filterOf({ ...(status && { status }), ...(q && { q }), ...(project && { project }) });
  return queryOptions({
    queryKey: ['tasks', 'count', filter],
    queryFn: async ({ signal }) => {
      const listing = { ...filter, page: 0, page_size: COUNT_LIMIT, only_fields: ['id'] };
      const { tasks = [] } = await clearml.call('tasks.get_all', listing, { signal });
      return tasks.length;
    },
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    refetchInterval: 30_000,
  });
}

/** A few tasks whose name holds `words`, for the command palette. */
export function taskSearchQuery(words: string) {
  return queryOptions({
    queryKey: ['tasks', 'search', words],
    queryFn: async ({ signal }) => {
      const listing = { ...filterOf({ q: words }), order_by: [DEFAULT_ORDER], page: 0, page_size: 8 };
      const { tasks = [] } = await clearml.call(
        'tasks.get_all',
        { ...listing, only_fields: ['name', 'status'] },
        { signal },
      );
      return tasks;
    },
    placeholderData: keepPreviousData,
  });
}

/** Whether the server may still change a task without anyone's doing. */
export function isActive(task: Pick<Task, 'status'> | undefined): boolean {
  return task?.status === 'in_progress' || task?.status === 'queued' || task?.status === 'publishing';
}

/** One task with everything about it. */
export function taskQuery(id: string) {
  return queryOptions({
    queryKey: ['tasks', 'one', id],
    queryFn: async ({ signal }): Promise<Task | null> => {
      const { task } = await clearml.call('tasks.get_by_id', { task: id }, { signal });
      return task ?? null;
    },
    refetchInterval: (query) => (isActive(query.state.data ?? undefined) ? POLL_MS : 30_000),
  });
}

/** Names of projects by their ids; an id without an entry is a project nobody may see. */
export function projectNamesQuery(ids: readonly (string | undefined)[]) {
  const wanted = [...new Set(ids.filter((id): id is string => Boolean(id)))].sort();
  return queryOptions({
    queryKey: ['projects', 'names', wanted],
    queryFn: async ({ signal }) => {
      const request = { id: wanted, only_fields: ['name'], page: 0, page_size: COUNT_LIMIT };
      const { projects = [] } = await clearml.call('projects.get_all', request, { signal });
      return Object.fromEntries(projects.map(({ id = '', name = '' }) => [id, name]));
    },
    enabled: wanted.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 300_000,
  });
}

/** When a task's clock stopped, or undefined while it runs. */
export function endOf(task: Task): string | undefined {
  if (task.status === 'in_progress') return undefined;
  const { started, completed, status_changed: changed } = task;
  // A restarted task can keep an older end than its start.
  const plausible = (parseTime(completed) ?? 0) >= (parseTime(started) ?? 0);
  return completed && plausible ? completed : changed;
}
