import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import type { Scope } from '../../clearml/endpoint.ts';
import { inTransaction } from '../../platform/database.ts';
import { drainWorker, undrainWorker } from '../workers/index.ts';
import { pauseQueue, resumeQueue } from './index.ts';

let api: TestApi;
let url: string;
let token: string;
beforeAll(async () => {
  api = await createTestApi();
  ({ url, token } = await api.listen());
});
afterAll(() => api.close());

let counter = 0;
const newQueue = async (): Promise<string> =>
  (await api.ok('queues.create', { name: `pauses ${counter++}` })).id;
async function queued(queue: string, length: number): Promise<string[]> {
  const tasks: string[] = [];
  for (let index = 0; index < length; index++) {
    const { id: task } = await api.ok('tasks.create', { name: 'waiting', type: 'training' });
    await api.ok('tasks.enqueue', { task, queue });
    tasks.push(task);
  }
  return tasks;
}
/** As an administrator, in a transaction of its own. */
const asAdmin = <Result>(work: (scope: Scope) => Promise<Result>): Promise<Result> =>
  inTransaction(api.database.db, (db) => work({ db, caller: api.installation.admin, now: new Date() }));
const pause = (queue: string) => asAdmin((scope) => pauseQueue(scope, queue));
const resume = (queue: string) => asAdmin((scope) => resumeQueue(scope, queue));
const drain = (worker: string) => asAdmin((scope) => drainWorker(scope, worker));
const undrain = (worker: string) => asAdmin((scope) => undrainWorker(scope, worker));
const entries = async (queue: string): Promise<string[]> =>
  (await api.ok('queues.get_by_id', { queue })).queue.entries.map(({ task }: { task: string }) => task);

/** An agent as the server meets it: a session of its own from a key pair, and what it says of itself in its header. */
async function agentOf(sender: string) {
  const { access_key, secret_key } = (await api.ok('auth.create_credentials', {})).credentials;
  const basic = Buffer.from(`${access_key}:${secret_key}`).toString('base64');
  const session = (await api.call('auth.login', {}, { authorization: `Basic ${basic}` })).data;
  const headers = { authorization: `Bearer ${session.token}`, 'x-clearml-worker': sender };
  const call = async (name: string, request: object) => {
    const { code, message, data } = await api.call(name, request, headers);
    if (code !== '200/0') throw new Error(`${name}: ${code} ${message}`);
    return data;
  };
  return {
    reports: (worker: string, queues: string[]) =>
      call('workers.status_report', { worker, queues, timestamp: Date.now() }),
    next: async (queue: string): Promise<string | undefined> =>
      (await call('queues.get_next_task', { queue })).entry?.task,
    wait: async (queues: string[], timeout = 0): Promise<boolean> =>
      (await call('queues.wait_for_task', { queues, timeout })).ready,
  };
}

describe('a paused queue', () => {
  it('hands out nothing, to no agent and not by name, and keeps the order of its tasks', async () => {
    const queue = await newQueue();
    const tasks = await queued(queue, 2);
    expect(await pause(queue)).toMatchObject({ id: queue });
    expect(await pause(queue)).toBeUndefined();
    const agent = await agentOf('host:0');
    expect([await agent.next(queue), await agent.wait([queue])]).toEqual([undefined, false]);
    expect(await api.ok('queues.get_next_task', { queue, task: tasks[0] })).toEqual({});
    const later = await queued(queue, 1);
    expect(await entries(queue)).toEqual([...tasks, ...later]);
    expect(await resume(queue)).toMatchObject({ id: queue });
    expect(await resume(queue)).toBeUndefined();
    const given = [await agent.next(queue), await agent.next(queue), await agent.next(queue)];
    expect(given).toEqual([...tasks, ...later]);
  });

  it('does not keep an agent from its other queues', async () => {
    const [paused, open] = [await newQueue(), await newQueue()];
    await queued(paused, 1);
    await pause(paused);
    const agent = await agentOf('host:0');
    expect(await agent.wait([paused, open])).toBe(false);
    const [task] = await queued(open, 1);
    expect([await agent.wait([paused, open]), await agent.next(open)]).toEqual([true, task]);
  });

  it('wakes who waits for it when it goes on', async () => {
    const queue = await newQueue();
    await queued(queue, 1);
    await pause(queue);
    const waiting = (await agentOf('host:0')).wait([queue], 30);
    await resume(queue);
    expect(await waiting).toBe(true);
  });
});

describe('fifty agents over HTTP', () => {
  async function post(name: string, request: object): Promise<{ entry?: { task: string } }> {
    const response = await fetch(`${url}/${name}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(60_000),
    });
    const { meta, data } = (await response.json()) as { meta: { result_msg: string }; data: object };
    if (!response.ok) throw new Error(`${name}: ${meta.result_msg}`);
    return data;
  }

  it('get nothing more once a queue has been paused under them, and everything once it goes on', async () => {
    const queue = await newQueue();
    const tasks = await queued(queue, 150);
    const given: string[] = [];
    const take = async () => {
      const { entry } = await post('queues.get_next_task', { queue });
      if (entry) given.push(entry.task);
    };
    const rounds = (count: number) =>
      Promise.all(
        Array.from({ length: 50 }, async () => {
          for (let round = 0; round < count; round++) await take();
        }),
      );
    const busy = rounds(2);
    await pause(queue);
    // What the database has handed out by now, whether its answer has arrived or not.
    const left = await entries(queue);
    await Promise.all([busy, rounds(1)]);
    // Nobody starts what was given, and a minute later it would be given again.
    await sql`UPDATE queue_entries SET held_until = now() + interval '1 hour' WHERE held_until IS NOT NULL`.execute(
      api.database.db,
    );
    expect(await entries(queue)).toEqual(left);
    expect(given.length).toBe(tasks.length - left.length);
    await resume(queue);
    await rounds(4);
    expect([...given].sort()).toEqual([...tasks].sort());
  });
});

describe('a drained worker', () => {
  it('gets no further task, as our agents call, until that is undone', async () => {
    const queue = await newQueue();
    const tasks = await queued(queue, 2);
    const [drained, other] = [await agentOf('box:0'), await agentOf('box:1')];
    await drained.reports('box:0', [queue]);
    await other.reports('box:1', [queue]);
    expect([await drain('box:0'), await drain('box:0')]).toEqual([true, false]);
    expect([await drained.next(queue), await drained.wait([queue])]).toEqual([undefined, false]);
    expect(await other.next(queue)).toBe(tasks[0]);
    const waiting = drained.wait([queue], 30);
    expect([await undrain('box:0'), await undrain('box:0')]).toEqual([true, false]);
    expect([await waiting, await drained.next(queue)]).toEqual([true, tasks[1]]);
  });

  it('is told from its neighbours, which all send the name of their host as official agents do', async () => {
    const queue = await newQueue();
    const tasks = await queued(queue, 3);
    const [first, second] = [await agentOf('gpu-host'), await agentOf('gpu-host')];
    await first.reports('gpu-host:gpu0', [queue]);
    await second.reports('gpu-host:gpu1', [queue]);
    await drain('gpu-host:gpu0');
    expect([await first.next(queue), await second.next(queue)]).toEqual([undefined, tasks[0]]);
    // A new session is nobody's until its agent reports with it.
    const renewed = await agentOf('gpu-host');
    expect(await renewed.next(queue)).toBeUndefined();
    await renewed.reports('gpu-host:gpu1', [queue]);
    expect(await renewed.next(queue)).toBe(tasks[1]);
    expect(await (await agentOf('another-host')).next(queue)).toBe(tasks[2]);
    await undrain('gpu-host:gpu0');
  });

  it('whose id is the name of the host is not taken for the others there', async () => {
    const queue = await newQueue();
    const [task] = await queued(queue, 1);
    const [plain, card] = [await agentOf('plain-host'), await agentOf('plain-host')];
    await plain.reports('plain-host', [queue]);
    await card.reports('plain-host:gpu1', [queue]);
    await drain('plain-host:gpu1');
    expect([await card.next(queue), await plain.next(queue)]).toEqual([undefined, task]);
    await undrain('plain-host:gpu1');
  });

  it('stays drained when its agent is started again', async () => {
    const queue = await newQueue();
    await queued(queue, 1);
    const before = await agentOf('repair:0');
    await before.reports('repair:0', [queue]);
    await drain('repair:0');
    await api.ok('workers.unregister', { worker: 'repair:0' });
    const after = await agentOf('repair:0');
    // Also before its first report.
    expect(await after.next(queue)).toBeUndefined();
    await after.reports('repair:0', [queue]);
    expect(await after.next(queue)).toBeUndefined();
    await undrain('repair:0');
  });
});
