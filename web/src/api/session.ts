import type { ServerInfo, User } from '@arno/protocol';
import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { consoleApi } from './console.ts';

export interface Session {
  user: User;
  version: string;
  server: ServerInfo;
}

export const sessionQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => consoleApi<Session>('GET', 'me', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

/** The person logged in. The router has loaded it before any page inside the frame is shown. */
export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}
