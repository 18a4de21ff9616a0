import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { createLog } from '../../platform/log.ts';
import { maxRequeues } from './leases.ts';
import { LeaseWatch, lookEveryMs } from './watch.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());
afterEach(async () => {
  await sql`UPDATE tasks SET status = 'stopped' WHERE status = 'in_progress'`.execute(api.database.db);
});

let counter = 0;
const name = (what: string) => `${what}:${counter++}`;
const task = async (id: string) => (await api.ok('tasks.get_by_id', { task: id })).task;
const report = (worker: string, id?: string) =>
  api.ok('workers.status_report', {
    worker,
    timestamp: Date.now(),
    machine_stats: null,
    ...(id && { task: id }),
  });

/** A task that the worker runs. */
async function running(worker: string, more: object = {}): Promise<string> {
  const { id } = await api.ok('tasks.create', { name: 'leased', type: 'training', ...more });
  await api.ok('tasks.started', { task: id });
  await report(worker, id);
  return id;
}

/** When a worker told of the task last: epoch milliseconds. */
async function lastHeard(id: string): Promise<number> {
  return Date.parse((await task(id)).last_worker_report);
}

/** Moves everything that was heard of the task and its worker into the past. */
async function age(id: string, seconds: number): Promise<void> {
  const ago = sql`make_interval(secs => ${seconds})`;
  await sql`
    UPDATE workers SET last_activity_time = last_activity_time - ${ago}, last_report_time = last_report_time - ${ago},
      register_time = register_time - ${ago}
    WHERE worker_id = (SELECT last_worker FROM tasks WHERE id = ${id})`.execute(api.database.db);
  await sql`
    UPDATE tasks SET last_update = last_update - ${ago}, last_worker_report = last_worker_report - ${ago}
    WHERE id = ${id}`.execute(api.database.db);
}

const newWatch = (start: number) =>
  new LeaseWatch(
    api.database.db,
    { workerTimeout: 60, taskTimeout: 7200 },
    createLog('silent'),
    new Date(start),
  );

/** One look by a watch that was there all the time. */
async function look(now = Date.now()): Promise<void> {
  const watch = newWatch(now - 160_000);
  for (let ago = 160_000; ago >= 0; ago -= lookEveryMs) await watch.look(new Date(now - ago));
}

describe('a silent worker', () => {
  it('is lost after a minute: its task fails, and says why', async () => {
    const worker = name('lost');
    const id = await running(worker);
    const heard = await lastHeard(id);
    await look(heard + 59_000);
    expect((await task(id)).status).toBe('in_progress');
    await look(heard + 66_000);
    expect(await task(id)).toMatchObject({
      status: 'failed',
      status_reason: `worker ${worker} is lost`,
      status_message: `Worker ${worker} has not reported for 66 s`,
      last_changed_by: '__server__',
    });
    const [{ task: still }] = (await api.ok('workers.get_all', { worker_pattern: worker })).workers;
    expect(still).toBeUndefined();
  });

  it('does not take a task down that shows life itself', async () => {
    const id = await running(name('dead agent'));
    await age(id, 90);
    await api.ok('tasks.ping', { task: id });
    await look();
    expect((await task(id)).status).toBe('in_progress');
  });

  it('is none while it reports, be it another task', async () => {
    const worker = name('busy');
    const id = await running(worker);
    await age(id, 90);
    await report(worker);
    await look();
    expect((await task(id)).status).toBe('in_progress');
  });

  it('that starts anew has lost what it ran before', async () => {
    const worker = name('restarted');
    const id = await running(worker);
    await age(id, 90);
    await api.ok('workers.register', { worker });
    await report(worker);
    await look();
    expect((await task(id)).status).toBe('failed');
  });

  it('is not looked for behind a run on somebody’s own machine, nor one that left in order', async () => {
    const laptop = await running(name('laptop'), { system_tags: ['development'] });
    const left = name('left');
    const orphan = await running(left);
    await age(laptop, 90);
    await age(orphan, 90);
    await api.ok('workers.unregister', { worker: left });
    const { id: never } = await api.ok('tasks.create', { name: 'no worker', type: 'training' });
    await api.ok('tasks.started', { task: never });
    await age(never, 90);
    await look();
    for (const id of [laptop, orphan, never]) expect((await task(id)).status).toBe('in_progress');
  });
});

describe('a queue that takes lost tasks back', () => {
  const requeue = { requeue_lost: { key: 'requeue_lost', type: 'bool', value: 'true' } };
  const start = async (worker: string, id: string) => {
    await api.ok('tasks.started', { task: id, force: true });
    await report(worker, id);
    await age(id, 90);
  };

  it('gets them at its end, a few times only', async () => {
    const { id: queue } = await api.ok('queues.create', { name: 'tenacious', metadata: requeue });
    const { id } = await api.ok('tasks.create', { name: 'taken back', type: 'training' });
    await api.ok('tasks.enqueue', { task: id, queue });
    for (let round = 1; round <= maxRequeues; round++) {
      expect((await api.ok('queues.get_next_task', { queue })).entry.task).toBe(id);
      await start(name('killed'), id);
      await look();
      const { status, status_message: message } = await task(id);
      expect(status).toBe('queued');
      expect(message).toContain(`queued again (${round} of at most ${maxRequeues} times)`);
    }
    await api.ok('queues.get_next_task', { queue });
    await start(name('killed'), id);
    await look();
    expect((await task(id)).status).toBe('failed');
    expect(await api.ok('queues.get_num_entries', { queue })).toEqual({ num: 0 });
  });

  it('counts from zero when somebody enqueues the task', async () => {
    const { id: queue } = await api.ok('queues.create', { name: 'tenacious too', metadata: requeue });
    const { id } = await api.ok('tasks.create', { name: 'begun anew', type: 'training' });
    await api.ok('tasks.enqueue', { task: id, queue });
    await start(name('killed'), id);
    await sql`UPDATE tasks SET lost_count = ${maxRequeues} WHERE id = ${id}`.execute(api.database.db);
    await look();
    await api.ok('tasks.enqueue', { task: id, queue });
    await start(name('killed'), id);
    await look();
    expect((await task(id)).status).toBe('queued');
  });
});

describe('a silent task', () => {
  it('is stopped after two hours, whoever runs it', async () => {
    const { id } = await api.ok('tasks.create', {
      name: 'laptop',
      type: 'training',
      system_tags: ['development'],
    });
    await api.ok('tasks.started', { task: id });
    await age(id, 7100);
    await look();
    expect((await task(id)).status).toBe('in_progress');
    await age(id, 200);
    await look();
    expect(await task(id)).toMatchObject({
      status: 'stopped',
      status_reason: 'Forced stop (non-responsive)',
      status_message: 'Forced stop (non-responsive)',
    });
  });
});

describe('after an outage of the server', () => {
  it('workers get the time to come back', async () => {
    const id = await running(name('patient'));
    await age(id, 600);
    const now = Date.now();
    const fresh = newWatch(now);
    for (let passed = lookEveryMs; passed < 150_000; passed += lookEveryMs)
      await fresh.look(new Date(now + passed));
    expect((await task(id)).status).toBe('in_progress');
    await fresh.look(new Date(now + 150_000));
    expect((await task(id)).status).toBe('failed');
  });

  it('a worker heard since then gets the usual minute', async () => {
    const id = await running(name('heard'));
    const heard = await lastHeard(id);
    const fresh = newWatch(heard - 1000);
    for (let passed = lookEveryMs; passed <= 70_000; passed += lookEveryMs)
      await fresh.look(new Date(heard + passed));
    expect((await task(id)).status).toBe('failed');
  });
});

it('also when only the machine was suspended', async () => {
  const now = Date.now();
  const watch = newWatch(now - 3_600_000);
  await watch.look(new Date(now - 3_590_000));
  const id = await running(name('suspended too'));
  await age(id, 3_595_000 / 1000);
  await watch.look(new Date(now));
  expect((await task(id)).status).toBe('in_progress');
});

describe('the looks', () => {
  it('end a task once, also on several replicas at the same time', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => running(name('many'))));
    for (const id of ids) await age(id, 90);
    await Promise.all([look(), look()]);
    for (const id of ids) expect((await task(id)).status).toBe('failed');
  });

  it('walk the running tasks in an index', async () => {
    const plan = await api.database.db.transaction().execute(async (transaction) => {
      await sql`SET LOCAL enable_seqscan = off`.execute(transaction);
      const { rows } = await sql<{ 'QUERY PLAN': string }>`
        EXPLAIN SELECT id FROM tasks WHERE status = 'in_progress' AND last_update < now()
          AND last_worker_report >= now() ORDER BY last_update LIMIT 200`.execute(transaction);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    });
    expect(plan).toContain('Index Scan using tasks_by_status');
  });
});
