import type { TaskChoice, TasksCount, TasksPage } from '@arno/protocol';
import type { AllEndpoints } from '@arno/protocol/clearml';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { clearml } from '../../api/clearml.ts';
import { consoleApi, withQuery } from '../../api/console.ts';
import { parseTime } from '../../ui/format.ts';
import { ofTagWord, type TasksSearch } from './search.ts';

export type Task = NonNullable<AllEndpoints['tasks.get_by_id']['response']['task']>;

const POLL_MS = 5_000;
export const DEFAULT_ORDER = '-last_update';

/** A page of the list, and which filters and place it belongs to. */
export interface ShownTasks extends TasksPage {
  scope: string;
}

/** What a list is asked for: its filters as the console's API names them. */
function filterQuery({ status, type, q, project, user, tags = [] }: TasksSearch): URLSearchParams {
  const filter = { status: status?.join(','), type, q, project_id: project, user_id: user };
  const query = new URLSearchParams(withoutGaps(filter));
  for (const word of tags) query.append('tag', ofTagWord(word));
  return query;
}

function withoutGaps(values: Record<string, string | undefined>): [string, string][] {
  return Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1]));
}

/**
 * One page of tasks. The answer carries its own scope, because the one before it stays visible while a new one loads.
 *
 * @param limit rows on the page
 */
export function taskListQuery(search: TasksSearch, limit: number) {
  const { order = DEFAULT_ORDER, after, before } = search;
  const query = filterQuery(search);
  for (const [name, value] of withoutGaps({ order, after, before, limit: `${limit}` }))
    query.set(name, value);
  return queryOptions({
    queryKey: ['tasks', 'list', `${query}`],
    queryFn: async ({ signal }): Promise<ShownTasks> => {
      const page = await consoleApi<TasksPage>('GET', `tasks?${query}`, { signal });
      return { ...page, scope: `${query}` };
    },
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });
}

/** How many tasks the filters let through. */
export function taskCountQuery(search: TasksSearch) {
  const query = filterQuery(search);
  return queryOptions({
    queryKey: ['tasks', 'count', `${query}`],
    queryFn: ({ signal }) => consoleApi<TasksCount>('GET', `tasks/count?${query}`, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    refetchInterval: 30_000,
  });
}

/** What a filter can be set to, by the text that was typed, or the one choice with an id. */
export function taskChoicesQuery(
  of: 'project' | 'user' | 'tag',
  { q, id }: { q?: string; id?: string | undefined },
) {
  return queryOptions({
    queryKey: ['tasks', 'choices', of, q, id],
    queryFn: ({ signal }) =>
      consoleApi<{ items: TaskChoice[] }>('GET', withQuery('tasks/choices', { of, q, id }), { signal }),
    select: ({ items }) => items,
    staleTime: 60_000,
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
      const request = { id: wanted, only_fields: ['name'], page: 0, page_size: wanted.length };
      const { projects = [] } = await clearml.call('projects.get_all', request, { signal });
      return Object.fromEntries(projects.map(({ id = '', name = '' }) => [id, name]));
    },
    enabled: wanted.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 300_000,
  });
}

/** When a task's clock stopped, or undefined while it runs. */
export function endOf(
  task: Pick<Task, 'status' | 'started' | 'completed' | 'status_changed'>,
): string | undefined {
  if (task.status === 'in_progress') return undefined;
  const { started, completed, status_changed: changed } = task;
  // A restarted task can keep an older end than its start.
  const plausible = (parseTime(completed) ?? 0) >= (parseTime(started) ?? 0);
  return completed && plausible ? completed : changed;
}
