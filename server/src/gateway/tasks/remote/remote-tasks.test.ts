import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRemote, createRemoteTasks } from '../../../../test/remote.ts';
import { tagOf } from './placement.ts';

let remote: Awaited<ReturnType<typeof createRemote>>;
let gateway: Awaited<ReturnType<typeof createRemoteTasks>>;
let template: string;

beforeEach(async () => {
  remote = await createRemote();
  gateway = await createRemoteTasks(remote);
  const hyperparams = { General: { hours: { section: 'General', name: 'hours', value: '1', type: 'int' } } };
  const container = { image: 'nvidia/cuda', arguments: '--ipc=host' };
  const task = { name: 'Forecast', type: 'training', tags: ['blue'], hyperparams, container };
  template = (await remote.api.ok('tasks.create', task)).id;
});
afterEach(async () => {
  await gateway.close();
  await remote.close();
});

/** The clones of a call on the remote. */
async function clonesOf(callId: string) {
  return (await remote.api.ok('tasks.get_all', { tags: [tagOf(callId)], search_hidden: true })).tasks;
}

const orderOf = (callId: string) =>
  gateway.database.db.selectFrom('remote_calls').selectAll().where('call_id', '=', callId).executeTakeFirst();

/** Does what the job does, until the log and the remote agree. */
async function tend(tasks = gateway.tasks) {
  await tasks.work.run();
}

async function work(clone: string, end: 'completed' | 'failed') {
  await remote.api.ok('tasks.dequeue', { task: clone, new_status: 'created' });
  await remote.api.ok('tasks.started', { task: clone });
  await tend();
  if (end === 'completed') await remote.api.ok('tasks.completed', { task: clone });
  else await remote.api.ok('tasks.failed', { task: clone, status_reason: 'no memory' });
  await tend();
}

describe('enqueue', () => {
  it('makes the clone as the embedded server would, and follows it to its end', async () => {
    const id = await gateway.enqueue({
      ...{ template, params: { hours: 3 }, tags: ['lab'], project: 'Calls/Parking', comment: 'for Ada' },
    });
    const [clone] = await clonesOf(id);
    expect(clone).toMatchObject({
      status: 'queued',
      parent: template,
      comment: 'for Ada',
      tags: ['blue', 'lab', tagOf(id)],
      container: { image: '', arguments: '--ipc=host' },
      hyperparams: { General: { hours: { value: '3', type: 'int' } } },
    });
    expect(clone.name).toMatch(/^Forecast_\d{8}_\d{6}$/);
    expect((await remote.api.ok('projects.get_by_id', { project: clone.project })).project.name).toBe(
      'Calls/Parking',
    );
    expect(await gateway.call(id)).toMatchObject({
      status: 'queued',
      clone_id: clone.id,
      clone_name: clone.name,
    });
    expect(await gateway.tasks.find(gateway.scope(), clone.id)).toMatchObject({
      status: 'queued',
      queuePosition: 0,
    });

    await remote.api.ok('tasks.dequeue', { task: clone.id, new_status: 'created' });
    await remote.api.ok('tasks.started', { task: clone.id });
    await tend();
    expect(await gateway.call(id)).toMatchObject({
      status: 'running',
      started: expect.any(Date),
      ended: null,
    });
    await remote.api.ok('tasks.completed', { task: clone.id });
    await tend();
    expect(await gateway.call(id)).toMatchObject({ status: 'completed', ended: expect.any(Date) });
    expect(await orderOf(id)).toBeUndefined();
  });

  it('puts an urgent task before the others', async () => {
    await gateway.enqueue({ template });
    const urgent = await gateway.enqueue({ template, isUrgent: true });
    const [clone] = await clonesOf(urgent);
    expect(await gateway.tasks.find(gateway.scope(), clone.id)).toMatchObject({ queuePosition: 0 });
  });

  it('refuses what the remote does not have, without a row', async () => {
    await expect(gateway.enqueue({ template: 'f'.repeat(32) })).rejects.toMatchObject({
      code: 'unknown_public_id',
    });
    await expect(gateway.enqueue({ template, queue: 'def.ult' })).rejects.toMatchObject({
      code: 'unknown_queue',
    });
    expect(await gateway.database.db.selectFrom('calls').select('id').execute()).toEqual([]);
  });

  it('is unavailable, and not broken, while the remote is', async () => {
    await remote.close();
    await expect(gateway.enqueue({ template })).rejects.toMatchObject({
      code: 'backend_unavailable',
      status: 503,
    });
    await tend();
    expect(gateway.tasks.health).toBe('does not answer');
    expect(await gateway.tasks.glance(gateway.scope(), ['a'.repeat(32)])).toEqual(new Map());
    remote = await createRemote();
  });

  it('logs in again when its token is worth nothing any more', async () => {
    await gateway.enqueue({ template });
    remote.asked.length = 0;
    remote.faults.set('tasks.clone', 'token expired');
    const id = await gateway.enqueue({ template });
    expect(remote.asked.filter((name) => name === 'auth.login')).toHaveLength(1);
    expect(await clonesOf(id)).toMatchObject([{ status: 'queued' }]);
  });
});

describe('a wire that breaks', () => {
  it('finds the clone whose answer was lost, and makes no second one', async () => {
    remote.faults.set('tasks.clone', 'answer lost');
    const id = await gateway.enqueue({ template });
    expect(await gateway.call(id)).toMatchObject({ status: 'queued', clone_id: null });
    expect(await clonesOf(id)).toMatchObject([{ status: 'created' }]);
    await tend();
    const clones = await clonesOf(id);
    expect(clones).toMatchObject([{ status: 'queued' }]);
    expect((await gateway.call(id)).clone_id).toBe(clones[0].id);
  });

  it('makes the clone that was never made, but not while the remote may still be at it', async () => {
    remote.faults.set('tasks.clone', 'request lost');
    const id = await gateway.enqueue({ template });
    await tend();
    expect(await clonesOf(id)).toEqual([]);
    await tend(gateway.other());
    expect(await clonesOf(id)).toMatchObject([{ status: 'queued' }]);
  });

  it.each(['answer lost', 'request lost', 'error 500'] as const)('queues once: %s', async (fault) => {
    remote.faults.set('tasks.enqueue', fault);
    const id = await gateway.enqueue({ template });
    await tend();
    const [clone, ...others] = await clonesOf(id);
    expect([clone.status, others]).toEqual(['queued', []]);
    expect(await orderOf(id)).toMatchObject({ state: 'queued' });
    await work(clone.id, 'failed');
    expect(await gateway.call(id)).toMatchObject({ status: 'failed' });
  });

  it('carries on for a server that was killed at any point', async () => {
    const { db } = gateway.database;
    const states = await Promise.all(
      (['ordered', 'cloned'] as const).map(async (state) => {
        remote.faults.set(state === 'ordered' ? 'tasks.clone' : 'tasks.enqueue', 'request lost');
        return gateway.enqueue({ template });
      }),
    );
    // The number of a server that is no more.
    await db.updateTable('remote_calls').set({ server: 999_999 }).execute();
    await tend(gateway.other());
    for (const id of states) expect(await clonesOf(id)).toMatchObject([{ status: 'queued' }]);
  });

  it('leaves alone what a living server is working on', async () => {
    const { db } = gateway.database;
    remote.faults.set('tasks.clone', 'request lost');
    const id = await gateway.enqueue({ template });
    await db.updateTable('remote_calls').set({ server: gateway.presence.number }).execute();
    await tend(gateway.other());
    expect(await clonesOf(id)).toEqual([]);
  });

  it('deletes the drafts of requests that were thought lost', async () => {
    remote.faults.set('tasks.clone', 'answer lost');
    const id = await gateway.enqueue({ template });
    await remote.api.ok('tasks.clone', { task: template, new_task_tags: [tagOf(id)] });
    await tend();
    expect(await clonesOf(id)).toMatchObject([{ status: 'queued' }]);
  });
});

describe('what cannot be done', () => {
  it('fails the call and leaves no draft when the queue is gone by then', async () => {
    const { db } = gateway.database;
    remote.faults.set('tasks.enqueue', 'request lost');
    const id = await gateway.enqueue({ template });
    const { call_id, url, origin } = { call_id: id, url: 'http://127.0.0.1/', origin: 'http://127.0.0.1' };
    await db.insertInto('callbacks').values({ call_id, url, origin, mapping_id: 'm' }).execute();
    const [queue] = (await remote.api.ok('queues.get_all', { name: 'default' })).queues;
    await remote.api.ok('queues.delete', { queue: queue.id, force: true });
    await tend();
    expect(await clonesOf(id)).toEqual([]);
    expect(await gateway.call(id)).toMatchObject({
      ...{
        status: 'failed',
        outcome: 'failed',
        http_status: 502,
        error_code: 'backend_refused',
        clone_id: null,
      },
    });
    const callback = await db.selectFrom('callbacks').select('state').executeTakeFirst();
    expect(callback).toEqual({ state: 'due' });
  });

  it('calls a clone lost that somebody deleted', async () => {
    const id = await gateway.enqueue({ template });
    const [clone] = await clonesOf(id);
    await remote.api.ok('tasks.delete', { task: clone.id, force: true });
    await tend();
    expect(await gateway.call(id)).toMatchObject({ status: 'lost' });
  });
});

it('cancels what waits and asks what runs to stop', async () => {
  const waiting = await gateway.enqueue({ template });
  const running = await gateway.enqueue({ template });
  const [second] = await clonesOf(running);
  await remote.api.ok('tasks.dequeue', { task: second.id, new_status: 'created' });
  await remote.api.ok('tasks.started', { task: second.id });
  for (const id of [waiting, running]) await gateway.tasks.cancel(gateway.scope(), id, 'cancelled');
  await tend();
  expect(await gateway.call(waiting)).toMatchObject({ status: 'aborted' });
  expect(remote.asked.slice(-10)).toContain('tasks.stop');
});

it('glances at many tasks with few requests', async () => {
  const ids = [await gateway.enqueue({ template }), await gateway.enqueue({ template })];
  const clones = (await Promise.all(ids.map(clonesOf))).map(([clone]) => clone.id as string);
  remote.asked.length = 0;
  const before = await gateway.tasks.glance(gateway.scope(), clones);
  expect(remote.asked).toEqual(['tasks.get_all', 'queues.get_by_id']);
  await remote.api.ok('tasks.dequeue', { task: clones[0] });
  const after = await gateway.tasks.glance(gateway.scope(), clones);
  for (const id of clones) expect(after.get(id)).not.toBe(before.get(id));
});

it('knows outputs of a task', async () => {
  const id = await gateway.enqueue({ template });
  const [clone] = await clonesOf(id);
  const task = clone.id;
  await remote.api.ok('tasks.dequeue', { task, new_status: 'created' });
  await remote.api.ok('tasks.started', { task });
  const artifact = {
    key: 'result',
    type: 'JSON',
    mode: 'output',
    uri: 'http://files/x.json',
    content_size: 2,
  };
  await remote.api.ok('tasks.add_or_update_artifacts', { task, artifacts: [artifact], force: true });
  const { id: model } = await remote.api.ok('models.create', {
    name: 'net',
    uri: 's3://models/net.pt',
    task,
  });
  await remote.api.ok('tasks.add_or_update_model', { task, name: 'net', type: 'output', model });
  const single = {
    type: 'training_stats_scalar',
    task,
    metric: 'Summary',
    variant: 'mae',
    value: 0.5,
    iter: -2147483648,
  };
  await remote.api.ok('events.add', single);
  expect(await gateway.tasks.find(gateway.scope(), task)).toMatchObject({
    status: 'running',
    artifacts: [{ name: 'result', type: 'JSON', uri: 'http://files/x.json', size: 2 }],
    models: [{ name: 'net', uri: 's3://models/net.pt' }],
    values: [{ metric: 'Summary', variant: 'mae', value: 0.5 }],
  });
});

describe('a server that hangs', () => {
  it('is asked no more after a while: calls are refused at once, until it answers again', async () => {
    const impatient = await createRemoteTasks(remote, { timeoutMs: 1_500, circuit: { firstMs: 10_000 } });
    const release = remote.hold('*');
    const refusal = { code: 'backend_unavailable', status: 503, retryAfter: expect.any(Number) };
    for (let n = 0; n < 2; n++) await expect(impatient.enqueue({ template })).rejects.toMatchObject(refusal);
    remote.asked.length = 0;
    const reason = { ...refusal, detail: expect.stringMatching(/no answer lately/) };
    const calls = Array.from({ length: 20 }, () => impatient.enqueue({ template }));
    for (const each of await Promise.allSettled(calls)) expect(each).toMatchObject({ reason });
    await impatient.tasks.work.run();
    expect([remote.asked, impatient.tasks.health]).toEqual([[], 'does not answer']);

    release();
    const again = () => impatient.enqueue({ template }).catch(() => undefined);
    await expect.poll(again, { timeout: 60_000 }).toEqual(expect.any(String));
    const healthNow = async () => {
      await impatient.tasks.work.run();
      return impatient.tasks.health;
    };
    await expect.poll(healthNow).toBe('ok');
    await impatient.close();
  }, 90_000);
});
