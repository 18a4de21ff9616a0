import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../../test/gateway.ts';
import { createTaskMapping } from '../../features/mappings/index.ts';
import { ensureQueue } from '../../features/queues/index.ts';
import { createTask, findTask, type Hyperparams } from '../../features/tasks/index.ts';
import { sha256 } from '../../platform/ids.ts';

let gateway: TestGateway;
let templateId: string;
let publicId: string;

beforeAll(async () => {
  gateway = await createTestGateway();
  const parameter = (name: string, value: string, type: string) => ({
    [name]: { section: 'General', name, value, type },
  });
  templateId = await createTask(gateway.scope(), {
    name: 'Parking forecast',
    type: 'inference',
    hyperparams: {
      General: { ...parameter('hours', '24', 'int'), ...parameter('model/depth', '3', 'int') },
      Args: { seed: { section: 'Args', name: 'seed', value: '1' } },
    },
    container: { image: 'python:3.12', arguments: '--ipc=host' },
  });
  await ensureQueue(gateway.scope(), 'fast');
  await createTaskMapping(gateway.scope(), { task_id: templateId, default_queue: 'default' });
  publicId = sha256(templateId);
});

afterAll(() => gateway.close());

async function cloneOf(callId: string) {
  const { clone_id } = await gateway.database.db
    .selectFrom('calls')
    .select('clone_id')
    .where('id', '=', callId)
    .executeTakeFirstOrThrow();
  const clone = await findTask(gateway.scope(), clone_id ?? '');
  if (!clone) throw new Error('no clone');
  return clone;
}

test('the public id is the lower-case hex SHA-256 of the task id', () => {
  expect(sha256('2655bb0a64fa4c57be93637bd6441b9e')).toMatch(/^[0-9a-f]{64}$/);
});

test('the legacy form clones, sets the parameters, queues and logs', async () => {
  const params = {
    hours: 48,
    model: { depth: 5, names: ['a', 'b'] },
    ok: true,
    none: null,
    text: 'x',
    empty: {},
  };
  const answer = await gateway.post('/clearml/serve/enqueue_task', { task_id: publicId, params });
  expect(answer.status).toBe(200);
  const body = (await answer.json()) as Record<string, string>;
  expect(Object.keys(body)).toEqual(['status', 'call_id', 'queue', 'task_name', 'created_at']);
  expect(body).toMatchObject({ status: 'queued', queue: 'default' });
  expect(body.task_name).toMatch(/^Parking forecast_\d{8}_\d{6}$/);

  const clone = await cloneOf(body.call_id ?? '');
  expect(clone).toMatchObject({ name: body.task_name, status: 'queued', parent: templateId });
  expect(clone.container).toEqual({ arguments: '--ipc=host' });
  const { General: general, Args: args } = clone.hyperparams as unknown as Hyperparams;
  expect(Object.fromEntries(Object.values(general ?? {}).map(({ name, value }) => [name, value]))).toEqual({
    hours: '48',
    'model/depth': '5',
    'model/names': '["a","b"]',
    ok: 'True',
    none: '',
    text: 'x',
    empty: '{}',
  });
  expect(general?.hours?.type).toBe('int');
  expect(args?.seed?.value).toBe('1');

  expect(await gateway.lastCall()).toMatchObject({
    id: body.call_id,
    kind: 'enqueue',
    outcome: 'accepted',
    http_status: 200,
    alias: 'parking-forecast',
    public_id: publicId,
    task_id: templateId,
    clone_id: clone.id,
    clone_name: clone.name,
    queue: 'default',
    caller: 'Administrator',
    answer: JSON.stringify(body),
  });
});

test('queue_name, input as JSON text and the path without prefix are understood', async () => {
  const answer = await gateway.post(
    '/serve/enqueue_task',
    {
      access_token: gateway.token,
      task_id: publicId,
      queue_name: 'fast',
      input: '{"hours": 7}',
    },
    {},
  );
  const body = (await answer.json()) as Record<string, string>;
  expect([answer.status, body.queue]).toEqual([200, 'fast']);
  const { hyperparams } = await cloneOf(body.call_id ?? '');
  expect((hyperparams as unknown as Hyperparams).General?.hours?.value).toBe('7');
});

test('null is as good as absent, and a public id is known in capitals too', async () => {
  const body = { task_id: publicId.toUpperCase(), queue: null, queue_name: null, params: null };
  const answer = await gateway.post('/serve/enqueue_task', body);
  expect([answer.status, await answer.json()]).toMatchObject([200, { status: 'queued', queue: 'default' }]);
  expect(await gateway.lastCall()).toMatchObject({ public_id: publicId });
});

test('the modern form answers 202 with the way to the result', async () => {
  const answer = await gateway.post('/gateway/v1/tasks/parking-forecast/calls', {
    params: { hours: 1 },
    queue: 'fast',
  });
  expect(answer.status).toBe(202);
  const body = (await answer.json()) as { call_id: string; links: { self: string } };
  expect(body).toEqual({
    call_id: body.call_id,
    status: 'queued',
    links: {
      self: `/gateway/v1/calls/${body.call_id}`,
      events: `/gateway/v1/calls/${body.call_id}/events`,
    },
  });
  const document = await (await gateway.get(body.links.self)).json();
  expect(document).toMatchObject({
    call_id: body.call_id,
    kind: 'enqueue',
    status: 'queued',
    queue_position: 1,
  });
});

test('an image that the mapping pins is set', async () => {
  const taskId = await createTask(gateway.scope(), { name: 'pinned', type: 'inference' });
  const mapping = { task_id: taskId, default_queue: 'default', image: 'registry.lab/model:1' };
  await createTaskMapping(gateway.scope(), mapping);
  const answer = await gateway.post('/gateway/v1/tasks/pinned/calls', {});
  const clone = await cloneOf(((await answer.json()) as { call_id: string }).call_id);
  expect(clone.container).toEqual({ image: 'registry.lab/model:1' });
});

test('a refused call leaves no clone behind', async () => {
  const tasks = () => gateway.database.db.selectFrom('tasks').select('id').execute();
  const before = await tasks();
  const answer = await gateway.post('/serve/enqueue_task', { task_id: publicId, queue: 'no such' });
  expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: 'unknown_queue' } }]);
  expect(await tasks()).toHaveLength(before.length);
  expect(await gateway.lastCall()).toMatchObject({ outcome: 'failed', task_id: templateId, clone_id: null });
});

test('names like __proto__ are parameters like any other, and NUL is left out', async () => {
  const body = `{"task_id":"${publicId}","params":{"__proto__":{"polluted":"1"},"a\\u0000b":"c\\u0000d","\\ud800":"\\ud800"}}`;
  const answer = await gateway.post('/serve/enqueue_task', body);
  expect(answer.status).toBe(200);
  const clone = await cloneOf(((await answer.json()) as { call_id: string }).call_id);
  const { General: general } = clone.hyperparams as unknown as Hyperparams;
  expect(general?.['__proto__/polluted']?.value).toBe('1');
  expect(general?.ab?.value).toBe('cd');
  expect({}).not.toHaveProperty('polluted');
});
