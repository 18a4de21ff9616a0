import { getRouteApi } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { TasksSearch } from './search.ts';

const route = getRouteApi('/frame/tasks/');

export type TasksPatch = { [Key in keyof TasksSearch]?: TasksSearch[Key] | undefined };

const firstPage: TasksPatch = { page: undefined, after: undefined, before: undefined };

/** The address of the list with other filters: it begins at the first page, unless the patch names another. */
export function patched(patch: TasksPatch) {
  return (old: TasksSearch): TasksSearch => ({ ...old, ...firstPage, ...patch }) as TasksSearch;
}

/** The filters of the list as its address has them, and how to change them. */
export function useTasksSearch(): { search: TasksSearch; change: (patch: TasksPatch) => void } {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = useCallback(
    // A step back leads to the search before, not to each letter of it.
    (patch: TasksPatch) => void navigate({ search: patched(patch), replace: 'q' in patch }),
    [navigate],
  );
  return { search, change };
}
