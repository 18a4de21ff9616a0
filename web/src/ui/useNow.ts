import { useSyncExternalStore } from 'react';

/** One timer for all relative times of a page, so that they change together and cost one render a tick. */
function ticker(periodMs: number) {
  let now = Date.now();
  let timer: ReturnType<typeof setInterval> | undefined;
  const listeners = new Set<() => void>();
  return {
    get: () => now,
    subscribe(listener: () => void) {
      if (listeners.size === 0) {
        now = Date.now();
        timer = setInterval(() => {
          now = Date.now();
          for (const each of listeners) each();
        }, periodMs);
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) clearInterval(timer);
      };
    },
  };
}

const slow = ticker(10_000);
const fast = ticker(1_000);

/** Epoch milliseconds, renewed every 10 s, or every second for a running clock. */
export function useNow(pace: 'slow' | 'fast' = 'slow'): number {
  const source = pace === 'fast' ? fast : slow;
  return useSyncExternalStore(source.subscribe, source.get);
}
