import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../../test/gateway.ts';
import { startSocketUpstream, startUpstream, unusedPort } from '../../../test/upstream.ts';
import { createTaskMapping } from '../../features/mappings/index.ts';
import { createTask } from '../../features/tasks/index.ts';
import { sha256 } from '../../platform/ids.ts';

let gateway: TestGateway;
let fallbackId: string;
let taskId: string;

beforeAll(async () => {
  gateway = await createTestGateway();
  taskId = await createTask(gateway.scope(), { name: 'batch', type: 'inference' });
  fallbackId = await createTaskMapping(gateway.scope(), {
    task_id: taskId,
    default_queue: 'default',
    alias: 'batch',
  });
});

afterAll(() => gateway.close());

async function addModel(alias: string, ports: number[]) {
  const model = await gateway.addModel(alias, ports);
  const { db } = gateway.database;
  await db
    .updateTable('endpoint_mappings')
    .set({ fallback_mapping_id: fallbackId })
    .where('alias', '=', alias)
    .execute();
  return model;
}

const clones = () =>
  gateway.database.db
    .selectFrom('tasks')
    .select(['id', 'hyperparams'])
    .where('parent', '=', taskId)
    .execute();

test('live, else queue: a call that no machine can take is queued, and logged once as what it became', async () => {
  await addModel('nowhere', []);
  const before = await gateway.callCount();
  const answer = await gateway.post('/gateway/v1/models/nowhere/calls', { hours: 3 });
  expect(answer.status).toBe(202);
  const body = (await answer.json()) as { call_id: string };
  expect(body).toMatchObject({ status: 'queued', links: { self: `/gateway/v1/calls/${body.call_id}` } });
  expect(answer.headers.get('arno-call-id')).toBe(body.call_id);
  expect(await gateway.callCount()).toBe(before + 1);
  expect(await gateway.lastCall()).toMatchObject({
    id: body.call_id,
    kind: 'enqueue',
    status: 'queued',
    outcome: 'accepted',
    mapping_id: fallbackId,
    alias: 'batch',
    endpoint: 'nowhere',
    task_id: taskId,
    queue: 'default',
  });
  const [clone] = await clones();
  expect(clone?.hyperparams).toMatchObject({ General: { hours: { value: '3' } } });
  expect(await (await gateway.get(`/gateway/v1/calls/${body.call_id}`)).json()).toMatchObject({
    status: 'queued',
  });
});

test('the legacy form answers as enqueue_task does, also when no connection can be opened', async () => {
  const { machineId } = await addModel('dead', [await unusedPort()]);
  const body = { machine_id: machineId, endpoint: 'dead', params: { hours: 1 } };
  const answer = await gateway.post('/clearml/serve/ondemand', body);
  expect([answer.status, await answer.json()]).toMatchObject([200, { status: 'queued', queue: 'default' }]);
  expect(await gateway.lastCall()).toMatchObject({ kind: 'enqueue', public_id: sha256(taskId) });
});

test('what a machine may have begun, and what no task can take, is not queued', async () => {
  const before = (await clones()).length;
  const resetting = await startSocketUpstream((socket) => socket.resetAndDestroy());
  await addModel('resetting', [resetting.port]);
  await expect
    .poll(async () => (await gateway.post('/gateway/v1/models/resetting/calls', {})).status)
    .toBe(502);
  await addModel('half-resetting', [resetting.port, await unusedPort()]);
  for (let n = 0; n < 2; n++)
    expect((await gateway.post('/gateway/v1/models/half-resetting/calls', {})).status).toBe(502);
  const crashing = await startUpstream((_request, response) => {
    if (crashing.requests.length === 1) response.end('{}');
    else void crashing.close();
  });
  await addModel('crashing', [crashing.port]);
  expect((await gateway.post('/gateway/v1/models/crashing/calls', {})).status).toBe(200);
  expect((await gateway.post('/gateway/v1/models/crashing/calls', {})).status).toBe(502);
  for (const body of ['no JSON', '[1]', 'null']) {
    const answer = await gateway.post('/gateway/v1/models/nowhere/calls', body);
    expect([answer.status, await answer.json()]).toMatchObject([
      503,
      { error: { code: 'machine_unavailable' } },
    ]);
  }
  expect(await clones()).toHaveLength(before);
  await resetting.close();
});

test('while a machine answers nothing is queued', async () => {
  const before = (await clones()).length;
  const machine = await startUpstream((_request, response) => response.end('{"live":true}'));
  await addModel('live', [machine.port]);
  const answer = await gateway.post('/gateway/v1/models/live/calls', {});
  expect(await answer.json()).toEqual({ live: true });
  expect(await clones()).toHaveLength(before);
  await machine.close();
});

test('who may call the model but not the task is told so', async () => {
  const { token } = await gateway.addUser('user');
  const { db } = gateway.database;
  await db.updateTable('task_mappings').set({ access: 'listed' }).where('id', '=', fallbackId).execute();
  const answer = await gateway.post(
    '/gateway/v1/models/nowhere/calls',
    {},
    { authorization: `Bearer ${token}` },
  );
  expect([answer.status, await answer.json()]).toMatchObject([403, { error: { code: 'forbidden' } }]);
});
