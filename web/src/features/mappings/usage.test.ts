import type { MappingUsage } from '@arno/protocol';
import { expect, test } from 'vitest';
import { breakageOf } from './usage.ts';

const unused: MappingUsage = {
  ...{ id: 'a', name: 'a', fallback_of: [], endpoints: [], other_machines: 0 },
  ...{ keys: 0, calls_7d: 0, open_calls: 0 },
};
const machine = (id: string): MappingUsage => ({
  ...{ ...unused, id, endpoints: [{ id: 'e', alias: 'digits' }], other_machines: 1 },
});

test('nothing breaks without what nobody uses', () => {
  expect(breakageOf([unused], [{ id: 'a' }])).toBeUndefined();
});

test('counts of several mappings are added up', () => {
  const used = { ...unused, keys: 1, calls_7d: 5, open_calls: 2 };
  expect(breakageOf([used, { ...used, id: 'b' }], [{ id: 'a' }, { id: 'b' }])).toMatchObject({
    ...{ keys: 2, calls: 10, open: 4 },
  });
});

test('a machine is the last one when the others go with it', () => {
  const rows = ['a', 'b'].map((id) => ({ id, serving_task_id: 't' }));
  expect(breakageOf([machine('a')], rows.slice(0, 1))).toMatchObject({
    ...{ withoutMachine: [], withFewerMachines: ['digits'] },
  });
  expect(breakageOf([machine('a'), machine('b')], rows)).toMatchObject({
    ...{ withoutMachine: ['digits'], withFewerMachines: [] },
  });
});
