import { useQuery } from '@tanstack/react-query';
import { personQuery } from './queries.ts';

/** A user's name in the breadcrumbs; the short id until the name is known. */
export function PersonCrumb({ params: { id = '' } }: { params: Record<string, string | undefined> }) {
  const { data } = useQuery(personQuery(id));
  return data?.name ?? id.slice(0, 8);
}
