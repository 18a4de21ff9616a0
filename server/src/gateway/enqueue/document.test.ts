import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../../test/gateway.ts';
import { createTaskMapping } from '../../features/mappings/index.ts';
import { createModel } from '../../features/models/index.ts';
import { addTaskModel, createTask } from '../../features/tasks/index.ts';
import { json } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';

let gateway: TestGateway;

/** The file store's content, by address. */
const files = new Map<string, Buffer>();

beforeAll(async () => {
  gateway = await createTestGateway({
    files: {
      link: (uri) => `${uri}?sig=x`,
      async read(uri, maxBytes) {
        const content = files.get(uri);
        return content && content.length <= maxBytes ? content : undefined;
      },
    },
  });
  const taskId = await createTask(gateway.scope(), { name: 'template', type: 'inference' });
  await createTaskMapping(gateway.scope(), { task_id: taskId, default_queue: 'default' });
});

afterAll(() => gateway.close());

/** A call, and the clone it queued. */
async function enqueue(token = gateway.token) {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await gateway.post('/gateway/v1/tasks/template/calls', {}, headers);
  const { call_id } = (await answer.json()) as { call_id: string };
  const { clone_id } = await gateway.database.db
    .selectFrom('calls')
    .select('clone_id')
    .where('id', '=', call_id)
    .executeTakeFirstOrThrow();
  return { path: `/gateway/v1/calls/${call_id}`, cloneId: clone_id as string };
}

const change = (id: string, changes: object) =>
  gateway.database.db.updateTable('tasks').set(changes).where('id', '=', id).execute();

const document = async (path: string) => (await (await gateway.get(path)).json()) as Record<string, unknown>;

function artifact(key: string, uri: string, size: number) {
  return { [`${key}_output`]: { key, mode: 'output', type: 'JSON', uri, content_size: size } };
}

test('a completed call has its result, the other outputs as links, and its values', async () => {
  const { path, cloneId } = await enqueue();
  const uri = 'http://files/result.json';
  files.set(uri, Buffer.from('{"forecast": [1, 2]}'));
  const completed = new Date(Date.now() - 2000);
  const started = new Date(completed.getTime() - 3000);
  await change(cloneId, {
    status: 'completed',
    started,
    completed,
    last_iteration: 7,
    runtime: json({ progress: '100' }),
    artifacts: json({ ...artifact('result', uri, 20), ...artifact('plot', 'http://files/plot.png', 5) }),
  });
  const model = await createModel(gateway.scope(), { name: 'm', uri: 'http://files/m.onnx' });
  await addTaskModel(gateway.scope(), cloneId, { name: 'net', model, type: 'output' });
  expect(await document(path)).toEqual({
    call_id: path.split('/').at(-1),
    kind: 'enqueue',
    status: 'completed',
    created_at: expect.any(String),
    started_at: started.toISOString(),
    ended_at: completed.toISOString(),
    alias: 'template',
    queue: 'default',
    task_name: expect.stringMatching(/^template_/),
    progress: 100,
    last_iteration: 7,
    timings: { queued_ms: 0, running_ms: 3000, total_ms: expect.any(Number), phases: expect.any(Object) },
    result: { forecast: [1, 2] },
    artifacts: [{ name: 'plot', type: 'JSON', size: 5, url: 'http://files/plot.png?sig=x' }],
    models: [{ name: 'net', url: 'http://files/m.onnx?sig=x' }],
    values: [],
    links: { self: path, events: `${path}/events` },
  });
});

test.each([
  ['too large to inline', Buffer.from(JSON.stringify(randomBytes(600_000).toString('hex')))],
  ['not JSON', Buffer.from('plain text')],
  ['missing in the store', undefined],
])('a result that is %s comes as a link', async (_what, content) => {
  const { path, cloneId } = await enqueue();
  const uri = `http://files/${newId()}`;
  if (content) files.set(uri, content);
  await change(cloneId, {
    status: 'completed',
    artifacts: json(artifact('result', uri, content?.length ?? 1)),
  });
  const answer = await document(path);
  expect(answer.result_url).toBe(`${uri}?sig=x`);
  expect(answer).not.toHaveProperty('result');
});

test.each([
  [{ status: 'in_progress' }, 'running', undefined],
  [{ status: 'failed', status_reason: 'exit code 3' }, 'failed', 'exit code 3'],
  [{ status: 'stopped', status_reason: 'Stopped by Ada' }, 'aborted', 'Stopped by Ada'],
  [{ status: 'failed', status_message: 'Traceback: /home/ada/secret.py' }, 'failed', undefined],
  [
    { status: 'stopped', status_reason: 'Forced stop (non-responsive)' },
    'lost',
    'Forced stop (non-responsive)',
  ],
  [{ status: 'published' }, 'completed', undefined],
  [{ status: 'created' }, 'aborted', undefined],
])('%j is told as %s', async (changes, status, error) => {
  const { path, cloneId } = await enqueue();
  await change(cloneId, { status_reason: '', status_message: '', ...changes });
  const answer = await document(path);
  expect([answer.status, answer.error]).toEqual([status, error]);
});

test('a call whose task was deleted is lost', async () => {
  const { path, cloneId } = await enqueue();
  await gateway.database.db.deleteFrom('tasks').where('id', '=', cloneId).execute();
  expect(await document(path)).toMatchObject({ status: 'lost', error: 'the task of this call was deleted' });
});

test('a refused call and a model that could not be reached are told as failed', async () => {
  const { machineId } = await gateway.addModel('digits', []);
  const answer = await gateway.post('/serve/ondemand', { machine_id: machineId, endpoint: 'digits' });
  const { call_id } = (await answer.json()) as { call_id: string };
  expect(await document(`/gateway/v1/calls/${call_id}`)).toMatchObject({
    kind: 'ondemand',
    status: 'failed',
    error: 'no serving machine is registered for this model',
  });
});

test('a call is shown to who made it and to admins, and to nobody else', async () => {
  const [ada, bob] = [await gateway.addUser('user'), await gateway.addUser('developer')];
  const { path } = await enqueue(ada.token);
  expect((await gateway.get(path, ada.token)).status).toBe(200);
  expect((await gateway.get(path)).status).toBe(200);
  const foreign = await gateway.get(path, bob.token);
  expect([foreign.status, await foreign.json()]).toMatchObject([404, { error: { code: 'unknown_call' } }]);
});

test('what may be called is listed', async () => {
  expect(await document('/gateway/v1/tasks')).toEqual({
    tasks: [
      {
        alias: 'template',
        public_id: expect.stringMatching(/^[0-9a-f]{64}$/),
        description: '',
        default_queue: 'default',
      },
    ],
  });
  const { machineId } = await gateway.addModel('letters', []);
  const { models } = (await document('/gateway/v1/models')) as { models: object[] };
  expect(models).toContainEqual({
    alias: 'letters',
    machine_id: machineId,
    endpoint: 'letters',
    description: '',
  });
});
