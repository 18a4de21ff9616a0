import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { connection } from './connection.ts';
import { isAnswering, toFailure } from './failure.ts';

const RETRY_MS = 3_000;

/** The one cache of server data. `onSessionEnd` is called when any request learns that nobody is logged in. */
export function createQueryClient(onSessionEnd: () => void): QueryClient {
  function onError(error: unknown) {
    const { kind } = toFailure(error);
    if (kind === 'login') onSessionEnd();
    if (kind === 'offline' && connection.get() === 'online') {
      connection.set('lost');
      setTimeout(tryAgain, RETRY_MS);
    }
  }
  const onSuccess = () => connection.set('online');

  // Pages that do not poll would stay broken, so a lost connection is probed until the server answers anything at all.
  async function tryAgain(): Promise<void> {
    if (!(await isAnswering())) {
      setTimeout(tryAgain, RETRY_MS);
      return;
    }
    connection.set('online');
    await client.invalidateQueries();
  }

  const client = new QueryClient({
    queryCache: new QueryCache({ onError, onSuccess }),
    mutationCache: new MutationCache({ onError, onSuccess }),
    defaultOptions: {
      // The server is often this very machine: the browser's idea of "offline" says nothing about it.
      queries: { staleTime: 5_000, retry: false, networkMode: 'always' },
      mutations: { networkMode: 'always' },
    },
  });
  return client;
}
