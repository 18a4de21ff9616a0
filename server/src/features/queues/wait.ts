import { type Endpoint, read } from '../../clearml/endpoint.ts';
import type { Notifications } from '../../platform/notifications.ts';
import { lookAhead } from './entries.ts';

const defaultWaitSeconds = 25;

/** The long poll of our agent; see `ExtensionEndpoints` of the protocol. */
export function waitEndpoint(queued: Notifications): Endpoint {
  return read('queues.wait_for_task', async (call, { queues: ids, timeout = defaultWaitSeconds }) => {
    const deadline = Date.now() + timeout * 1000;
    for (;;) {
      // Listen first, look second: a task queued in between is not missed.
      const done = new AbortController();
      let comesBack: NodeJS.Timeout | undefined;
      call.signal.addEventListener('abort', () => done.abort(), { signal: done.signal });
      try {
        const wake = queued.wait(ids, Math.max(deadline - Date.now(), 0), done.signal);
        const { ready, nextMs } = await lookAhead(call, ids);
        if (ready || call.signal.aborted) done.abort();
        // Nobody notifies when a task comes back that an agent was given and did not start.
        if (nextMs !== null) comesBack = setTimeout(() => done.abort(), nextMs + 5);
        await wake;
        if (ready || call.signal.aborted || Date.now() >= deadline) return { ready };
      } finally {
        clearTimeout(comesBack);
        done.abort();
      }
    }
  });
}
