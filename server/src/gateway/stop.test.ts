import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createTestGateway } from '../../test/gateway.ts';
import { startUpstream, type Upstream } from '../../test/upstream.ts';
import { createTaskMapping } from '../features/mappings/index.ts';
import { createTask } from '../features/tasks/index.ts';
import { CallLog } from './index.ts';

let database: TestDatabase;
let upstream: Upstream;

beforeAll(async () => {
  database = await createTestDatabase();
  upstream = await startUpstream(({ path }, response) => {
    if (path.endsWith('digits')) response.end('{}');
    if (path.endsWith('streamed')) response.write('{');
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  await upstream.close();
  await database.close();
});

/** One whose database outlives it. */
async function stoppedGateway() {
  const gateway = await createTestGateway({ log: 'silent', replicaOf: { database } });
  for (const endpoint of ['digits', 'hangs', 'streamed']) await gateway.addModel(endpoint, [upstream.port]);
  const task_id = await createTask(gateway.scope(), { name: 'statistics', type: 'inference' });
  await createTaskMapping(gateway.scope(), { task_id, default_queue: 'default' });
  return gateway;
}

const modelPath = (alias: string) => `/gateway/v1/models/${alias}/calls`;

test('calls that are cut off when the server stops have rows that say so when it has stopped', async () => {
  const over = vi.spyOn(CallLog.prototype, 'ended');
  const gateway = await stoppedGateway();
  const cut = ['hangs', 'hangs', 'streamed', 'streamed'].map((alias) =>
    gateway.post(modelPath(alias), {}).then((answer) => answer.text()),
  );
  const ended = Promise.allSettled(cut);
  const rows = () => database.db.selectFrom('calls').select(['endpoint', 'status', 'error_code']).execute();
  await expect.poll(() => upstream.requests.length).toBe(4);
  await expect.poll(rows).toHaveLength(2);
  // What is looked at is the very moment in which the log says that it is closed: the database may be closed next.
  const { close } = CallLog.prototype;
  let open = 4;
  vi.spyOn(CallLog.prototype, 'close').mockImplementation(async function (this: CallLog) {
    await close.call(this);
    open -= over.mock.calls.length;
  });
  await gateway.close();
  expect(open).toBe(0);
  const left = await rows();
  const row = { status: 'failed', error_code: 'client_closed' };
  expect(left.sort((a, b) => `${a.endpoint}`.localeCompare(`${b.endpoint}`))).toEqual([
    ...[1, 2].map(() => ({ endpoint: 'hangs', ...row })),
    ...[1, 2].map(() => ({ endpoint: 'streamed', ...row })),
  ]);
  await ended;
});

test('each call that begins is told to be over once, however it ends', async () => {
  const [begun, over] = [vi.spyOn(CallLog.prototype, 'admit'), vi.spyOn(CallLog.prototype, 'ended')];
  const gateway = await stoppedGateway();
  const counts = () => [begun.mock.calls.length, over.mock.calls.length];
  const task = '/gateway/v1/tasks/statistics/calls';
  const key = { authorization: `Bearer ${gateway.token}`, 'idempotency-key': 'k' };
  const statuses = [];
  for (const made of [
    () => gateway.post(modelPath('digits'), {}),
    () => gateway.post(modelPath('nothing'), {}),
    () => gateway.post(modelPath('digits'), {}, {}),
    () => gateway.post(task, {}, key),
    () => gateway.post(task, {}, key),
    () => gateway.post(task, 'no JSON'),
  ]) {
    const answer = await made();
    await answer.text();
    statuses.push(answer.status);
  }
  expect(statuses).toEqual([200, 404, 401, 202, 202, 400]);
  await expect.poll(counts).toEqual([6, 6]);
  for (const alias of ['hangs', 'streamed']) {
    const leaving = new AbortController();
    const before = upstream.requests.length;
    const left = gateway
      .post(modelPath(alias), {}, undefined, leaving.signal)
      .then((answer) => answer.text());
    await expect.poll(() => upstream.requests.length).toBe(before + 1);
    leaving.abort();
    await left.catch(() => {});
  }
  await expect.poll(counts).toEqual([8, 8]);
  begun.mockImplementationOnce(function (this: CallLog) {
    // As when the log is full.
    throw new Error('full');
  });
  await gateway.post(modelPath('digits'), {});
  await expect.poll(counts).toEqual([9, 9]);
  await gateway.close();
});
