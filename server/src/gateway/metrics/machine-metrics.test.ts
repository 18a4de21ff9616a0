import type { MachineState } from '@arno/protocol';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { watchMachines } from './machine-metrics.ts';

const machine = 'http://10.0.0.1:8000';

/** What is told of one address that is registered with as many health paths. */
function told(...registered: MachineState[]) {
  const registry = new Registry();
  watchMachines(registry, { states: () => registered.map((state) => [machine, state]) });
  return async (name: string) => {
    const { values } = (await registry.getSingleMetric(`arno_gateway_machine_${name}`)?.get()) ?? {};
    return values?.map(({ labels, value }) => [labels.state ?? labels.machine, value]);
  };
}

const healthy: MachineState = { state: 'healthy', pending: 2, ejections: 0 };
const trial: MachineState = { state: 'trial', pending: 1, ejections: 3 };
const ejected: MachineState = { state: 'ejected', pending: 0, ejections: 4 };

test.each([
  { registered: [healthy, healthy], seen: 'healthy' },
  { registered: [healthy, trial], seen: 'trial' },
  { registered: [trial, healthy], seen: 'trial' },
  { registered: [ejected, trial, healthy], seen: 'ejected' },
])('an address is in one state, the worst of its health paths: $seen', async ({ registered, seen }) => {
  const states = ['healthy', 'trial', 'ejected'].map((state) => [state, state === seen ? 1 : 0]);
  const read = told(...registered);
  expect(await read('state')).toEqual(states);
  // Each scrape begins anew.
  expect(await read('state')).toEqual(states);
});

test('calls and ejections of an address add up', async () => {
  const read = told(healthy, trial);
  expect(await read('pending_calls')).toEqual([[machine, 3]]);
  expect(await read('ejections_total')).toEqual([[machine, 3]]);
});
