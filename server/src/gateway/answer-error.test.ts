import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTestGateway, type TestGateway } from '../../test/gateway.ts';
import { createRemote } from '../../test/remote.ts';
import { startUpstream, type Upstream } from '../../test/upstream.ts';
import { createTaskMapping } from '../features/mappings/index.ts';
import { createLog } from '../platform/log.ts';
import { CallLog, EmbeddedTasks, RemoteTasks } from './index.ts';

// A call fails when a row of it is there already.

let gateway: TestGateway;
let upstream: Upstream;

beforeAll(async () => {
  gateway = await createTestGateway({ log: 'silent' });
  upstream = await startUpstream(({ path }, response) => {
    if (path.endsWith('broken')) response.statusCode = 500;
    // Nobody announces how long it is, so it is streamed.
    if (path.endsWith('streamed')) response.write('{');
    else response.end('{}');
  });
  for (const endpoint of ['whole', 'broken', 'streamed']) await gateway.addModel(endpoint, [upstream.port]);
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

describe('a row that was written although the connection broke', () => {
  it.each(['whole', 'broken', 'streamed'])('says what the caller was told (%s)', async (endpoint) => {
    const { write } = CallLog.prototype;
    const writes = vi.spyOn(CallLog.prototype, 'write').mockImplementationOnce(async function (
      this: CallLog,
      call,
    ) {
      await write.call(this, call);
      throw new Error('Connection terminated unexpectedly');
    });
    const answer = await gateway.post(`/gateway/v1/models/${endpoint}/calls`, {});
    expect([answer.status, await answer.json()]).toMatchObject([503, { error: { code: 'overloaded' } }]);
    await expect
      .poll(() => gateway.lastCall())
      .toMatchObject({
        ...{ endpoint, status: 'failed', outcome: 'failed', http_status: 503, error_code: 'overloaded' },
        ...{ server: null, answer: null },
      });
    // What is there already cannot be inserted again, and would fail others that are written with it.
    expect(writes).toHaveBeenCalledOnce();
  });
});

describe('a call that the ClearML server refuses', () => {
  it('has a row that says what its caller was told', async () => {
    const remote = await createRemote();
    const { db } = gateway.database;
    const { number: server } = gateway.presence;
    const tasks = new RemoteTasks({
      ...remote.options,
      files: undefined,
      db,
      log: createLog('silent'),
      server,
    });
    vi.spyOn(EmbeddedTasks.prototype, 'enqueue').mockImplementation((...order) => tasks.enqueue(...order));
    const writes = vi.spyOn(CallLog.prototype, 'write');
    const { id: task_id } = await remote.api.ok('tasks.create', { name: 'Forecast', type: 'training' });
    const mapping = { task_id, default_queue: 'default', alias: 'forecast' };
    await createTaskMapping(gateway.scope(), mapping, tasks.source);
    const release = remote.hold('tasks.clone');
    const answering = gateway.post('/gateway/v1/tasks/forecast/calls', {});
    await expect.poll(() => remote.asked).toContain('tasks.clone');
    const [queue] = (await remote.api.ok('queues.get_all', { name: 'default' })).queues;
    await remote.api.ok('queues.delete', { queue: queue.id, force: true });
    release();
    const answer = await answering;
    const text = await answer.text();
    expect([answer.status, JSON.parse(text)]).toMatchObject([502, { error: { code: 'backend_refused' } }]);
    expect(await gateway.lastCall()).toMatchObject({
      ...{ status: 'failed', outcome: 'failed', http_status: 502, error_code: 'backend_refused' },
      ...{ bytes_out: Buffer.byteLength(text), answer: null },
    });
    expect(writes).not.toHaveBeenCalled();
    tasks.close();
    await remote.close();
  });
});
