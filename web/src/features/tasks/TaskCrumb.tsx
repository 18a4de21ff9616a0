import { useQuery } from '@tanstack/react-query';
import { taskQuery } from './queries.ts';

/** A task's name in the breadcrumbs; its short id until the name is known. */
export function TaskCrumb({ params: { id = '' } }: { params: Record<string, string | undefined> }) {
  const { data } = useQuery(taskQuery(id));
  return data?.name ?? id.slice(0, 8);
}
