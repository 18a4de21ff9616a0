import type { TasksCount, TasksPage } from '@arno/protocol';
import type { TasksSearch } from './search.ts';
import type { TasksPatch } from './useTasksSearch.ts';

/**
 * Which page the address means, and how many rows it has. The server knows pages by where they begin or end; their numbers are only
 * counted along, so the last one is known by the number of all tasks, and so is how many are left for it.
 */
export function pageOf(
  { page = 1, after, before }: TasksSearch,
  size: number,
  count: TasksCount | undefined,
): { page: number; limit: number } {
  if (before === 'end' && count && count.total > 0) {
    const last = Math.ceil(count.total / size);
    return { page: last, limit: count.total - (last - 1) * size };
  }
  return { page: after || before ? page : 1, limit: size };
}

/** Where the page of this number is, seen from the one that is shown: beside it, or at one of the ends. */
export function placeOf(next: number, page: number, shown: TasksPage | undefined): TasksPatch {
  if (next <= 1) return {};
  if (next === page + 1) return { page: next, after: shown?.next };
  if (next === page - 1) return { page: next, before: shown?.previous };
  return { before: 'end' };
}
