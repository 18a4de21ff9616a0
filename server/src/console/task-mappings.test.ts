import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { createTask } from '../features/tasks/index.ts';

let console: TestConsole;
let path: string;

beforeAll(async () => {
  console = await createTestConsole();
  const task_id = await createTask(console.scope(), { name: 'statistics', type: 'inference' });
  const made = await console.call('POST', 'task-mappings', { task_id, default_queue: 'default' });
  path = `task-mappings/${made.body.id}`;
});

afterAll(() => console.close());

const input_schema = {
  type: 'object',
  properties: { hours: { type: 'integer' } },
  required: ['hours'],
};

test('what calls of a mapping look like and where they go is kept, and cleared again', async () => {
  const fields = {
    queues: ['default'],
    priority: 'high',
    clone_project: 'Called/statistics',
    clone_tags: ['called'],
    input_schema,
    example: { hours: 24 },
  };
  expect((await console.call('PATCH', path, fields)).body).toMatchObject(fields);
  expect((await console.call('GET', path)).body).toMatchObject(fields);
  const cleared = { queues: null, clone_project: '', clone_tags: [], input_schema: null, example: null };
  const { body } = await console.call('PATCH', path, { ...cleared, priority: 'normal' });
  expect(body).toMatchObject({ queues: null, priority: 'normal', clone_tags: [] });
  for (const name of ['clone_project', 'input_schema', 'example']) expect(body).not.toHaveProperty(name);
});

test.each([
  [{ queues: ['nowhere'] }, 'queues', /there is no queue nowhere/],
  [{ queues: 'default' }, 'queues', /a list of at most 100 names of queues/],
  [{ priority: 'urgent' }, 'priority', /one of normal and high/],
  [{ clone_project: ' / ' }, 'clone_project', /at least one part/],
  [{ clone_project: 'a/b/c/d/e/f/g/h/i/j/k' }, 'clone_project', /at most 10 levels/],
  [{ input_schema: { type: 'objekt' } }, 'input_schema', /is not a JSON Schema/],
  [{ input_schema: { $ref: 'http://elsewhere/x' } }, 'input_schema', /can't resolve reference/],
  [{ input_schema, example: { hours: 'x' } }, 'example', /\/hours must be integer/],
])('%j: 400 naming %s', async (changes, field, words) => {
  const answer = await console.call('PATCH', path, changes);
  expect([answer.status, answer.body.error.field]).toEqual([400, field]);
  expect(answer.body.error.message).toMatch(words);
});

test('the secret of callbacks is for admins, is no part of the mapping, and can be replaced', async () => {
  const developer = await console.personOf('developer');
  const first = await console.call('GET', `${path}/callback-secret`);
  expect(first.body.callback_secret).toMatch(/^[0-9a-f]{64}$/);
  expect((await console.call('GET', `${path}/callback-secret`)).body).toEqual(first.body);
  const second = await console.call('POST', `${path}/callback-secret`);
  expect(second.body.callback_secret).toMatch(/^[0-9a-f]{64}$/);
  expect(second.body).not.toEqual(first.body);
  expect((await console.call('GET', `${path}/callback-secret`)).body).toEqual(second.body);

  expect(JSON.stringify((await console.call('GET', path)).body)).not.toContain('callback_secret');
  for (const method of ['GET', 'POST']) {
    const refused = await console.call(method, `${path}/callback-secret`, undefined, developer.headers);
    expect(refused.status).toBe(403);
    expect((await console.call(method, 'task-mappings/none/callback-secret')).status).toBe(404);
  }
});
