import { createStore, useStore } from '@mantine/store';

/** Whether the server answers. Every request reports here, so the state needs no polling while all is well. */
export type ConnectionState = 'online' | 'lost';

const store = createStore<{ state: ConnectionState }>({ state: 'online' });

export const connection = {
  get: () => store.getState().state,
  set(state: ConnectionState) {
    if (state !== store.getState().state) store.setState({ state });
  },
};

export function useConnection(): ConnectionState {
  return useStore(store).state;
}
