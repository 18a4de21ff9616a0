import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRemote, createRemoteTasks } from '../../../../test/remote.ts';
import { createLog } from '../../../platform/log.ts';
import { Notifications } from '../../../platform/notifications.ts';
import { CallWatch } from '../../enqueue/call-watch.ts';
import { callDocument } from '../../enqueue/document.ts';
import { callsChannel } from '../../ondemand/running-calls.ts';
import { tagOf } from './placement.ts';

// What is told of a call whose clone is a draft because it is still to be queued.

let remote: Awaited<ReturnType<typeof createRemote>>;
let gateway: Awaited<ReturnType<typeof createRemoteTasks>>;
let template: string;

beforeAll(async () => {
  remote = await createRemote();
  gateway = await createRemoteTasks(remote);
  template = (await remote.api.ok('tasks.create', { name: 'Forecast', type: 'training' })).id;
});
afterAll(async () => {
  await gateway.close();
  await remote.close();
});

const sources = () => ({ tasks: gateway.tasks, files: gateway.tasks.files });
const documentOf = (callId: string) => callDocument(sources(), gateway.scope(), callId);
const tend = () => gateway.tasks.work.run();

async function cloneOf(callId: string) {
  const { tasks } = await remote.api.ok('tasks.get_all', { tags: [tagOf(callId)], search_hidden: true });
  return tasks[0];
}

/** A call that was answered, and whose clone is not queued: that request never arrived. */
async function unplaced(): Promise<string> {
  remote.faults.set('tasks.enqueue', 'request lost');
  const id = await gateway.enqueue({ template });
  expect(await cloneOf(id)).toMatchObject({ status: 'created' });
  expect((await gateway.call(id)).clone_id).toEqual(expect.any(String));
  return id;
}

it('is that it is queued, until it is and then too', async () => {
  const id = await unplaced();
  const before = await documentOf(id);
  expect(before).toMatchObject({ status: 'queued' });
  expect(before).not.toHaveProperty('ended_at');
  await tend();
  expect(await documentOf(id)).toMatchObject({ status: 'queued', queue_position: expect.any(Number) });
});

it('is the same while its maker waits for its answer', async () => {
  const release = remote.hold('tasks.enqueue');
  remote.asked.length = 0;
  const making = gateway.enqueue({ template });
  await expect.poll(() => remote.asked).toContain('tasks.enqueue');
  expect(await documentOf(gateway.calls.at(-1) ?? '')).toMatchObject({ status: 'queued' });
  release();
  await making;
});

it('is never that it has ended, to who watches it either', async () => {
  const id = await unplaced();
  const { db, pool } = gateway.database;
  const log = createLog('silent');
  const changes = new Notifications(pool, callsChannel, log);
  await changes.start();
  const watch = new CallWatch({ ...sources(), db, log, changes, lookEveryMs: 5 });
  const seen: string[] = [];
  const { company } = gateway.scope().caller;
  watch.watch({ id, company }, (call) => {
    seen.push(`${call?.status}${call?.queue_position === undefined ? '' : ' in its place'}`);
  });
  try {
    await expect.poll(() => seen).toContain('queued');
    await tend();
    await expect.poll(() => seen.at(-1)).toBe('queued in its place');
    expect(new Set(seen)).toEqual(new Set(['queued', 'queued in its place']));
  } finally {
    await watch.close();
    changes.close();
  }
});

it('is that it was cancelled only when the draft is gone', async () => {
  const id = await unplaced();
  await gateway.tasks.cancel(gateway.scope(), id, 'cancelled by Ada');
  expect(await documentOf(id)).toMatchObject({ status: 'queued' });
  await tend();
  expect(await documentOf(id)).toMatchObject({ status: 'aborted', error: 'cancelled by Ada' });
});

it('is what its task says, as soon as that is more than a draft', async () => {
  remote.faults.set('tasks.enqueue', 'answer lost');
  const id = await gateway.enqueue({ template });
  const { id: task } = await cloneOf(id);
  await remote.api.ok('tasks.dequeue', { task, new_status: 'created' });
  await remote.api.ok('tasks.started', { task });
  expect(await documentOf(id)).toMatchObject({ status: 'running' });
});

it('is the end when somebody took it out of the queue that it was in', async () => {
  const id = await gateway.enqueue({ template });
  const { id: task } = await cloneOf(id);
  await remote.api.ok('tasks.dequeue', { task, new_status: 'created' });
  expect(await documentOf(id)).toMatchObject({ status: 'aborted', ended_at: expect.any(String) });
});
