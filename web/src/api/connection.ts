import { useSyncExternalStore } from 'react';

/** Whether the server answers. Every request reports here, so the state needs no polling while all is well. */
export type ConnectionState = 'online' | 'lost';

let state: ConnectionState = 'online';
const listeners = new Set<() => void>();

export const connection = {
  get: () => state,
  set(next: ConnectionState) {
    if (next === state) return;
    state = next;
    for (const listener of listeners) listener();
  },
  subscribe(listener: () => void) {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  },
};

export function useConnection(): ConnectionState {
  return useSyncExternalStore(connection.subscribe, connection.get);
}
