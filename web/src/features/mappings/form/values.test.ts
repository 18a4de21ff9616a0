import type { EndpointMapping, MachineMapping, TaskMapping } from '@arno/protocol';
import { describe, expect, test } from 'vitest';
import {
  changedFields,
  endpointInput,
  endpointValues,
  machineInput,
  machineValues,
  taskInput,
  taskValues,
} from './values.ts';

const dates = { created_at: '', updated_at: '' };
const rights = {
  ...{ access: 'listed' as const, allowed_roles: ['a'], allowed_groups: ['b'], allowed_users: ['c'] },
  ...{ calls_per_minute: 3, calls_per_day: null },
};
const task: TaskMapping = {
  ...{ ...dates, id: '1', public_id: 'p', alias: 'forecast', task_id: 't', default_queue: 'default' },
  ...{ description: 'x', queues: ['gpu'], priority: 'high', clone_tags: ['y'], image: 'python', ...rights },
  ...{ clone_project: 'P', input_schema: { type: 'object' }, example: { hours: 1 } },
};
const endpoint: EndpointMapping = {
  ...{ ...dates, id: '1', public_id: 'p', alias: 'digits', serving_task_id: 't', endpoint: 'digits' },
  ...{ deadline_ms: 1500, max_request_bytes: 1000, max_answer_bytes: null, description: '', ...rights },
};
const machine: MachineMapping = {
  ...{ ...dates, id: '1', public_id: 'p', serving_task_id: 't', base_url: 'http://x', description: '' },
};

describe('a form that nobody touched sends nothing', () => {
  test('of a task', () => {
    const input = taskInput(taskValues(task));
    expect(task).toMatchObject(input);
    expect(changedFields(input, taskInput(taskValues(task)))).toEqual({});
  });
  test('of an endpoint, also with a limit of an odd number of bytes', () => {
    const input = endpointInput(endpointValues(endpoint));
    expect(input).toMatchObject({ max_request_bytes: 1000, max_answer_bytes: null, deadline_ms: 1500 });
    expect(changedFields(input, endpointInput(endpointValues(endpoint)))).toEqual({});
  });
  test('of a machine', () => {
    expect(machineInput(machineValues(machine))).toMatchObject({ base_url: 'http://x', health_path: '' });
  });
});

test('only what was changed is sent, and what was emptied is cleared', () => {
  const before = taskInput(taskValues(task));
  const values = { ...taskValues(task), alias: ' other ', input_schema: '', anyQueue: true, image: '' };
  expect(changedFields(before, taskInput({ ...values, calls_per_minute: '' }))).toEqual({
    ...{ alias: 'other', input_schema: null, queues: null, image: '', calls_per_minute: null },
  });
});

test('a new mapping without an alias leaves it to the server', () => {
  expect(taskInput(taskValues())).not.toHaveProperty('alias');
  expect(endpointInput(endpointValues())).toMatchObject({ deadline_ms: 30_000 });
});
