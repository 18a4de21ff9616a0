import { useQuery } from '@tanstack/react-query';
import { queueQuery } from './queries.ts';

/** A queue's name in the breadcrumbs; its short id until the name is known. */
export function QueueCrumb({ params: { id = '' } }: { params: Record<string, string | undefined> }) {
  const { data } = useQuery(queueQuery(id));
  return data?.name ?? id.slice(0, 8);
}
