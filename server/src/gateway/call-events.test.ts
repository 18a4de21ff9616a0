import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openEvents } from '../../test/event-source.ts';
import { createTestGateway, type TestGateway } from '../../test/gateway.ts';
import { startUpstream } from '../../test/upstream.ts';
import { createTaskMapping } from '../features/mappings/index.ts';
import { createTask } from '../features/tasks/index.ts';
import { json } from '../platform/database.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await createTestGateway();
  const task_id = await createTask(gateway.scope(), { name: 'statistics', type: 'inference' });
  await createTaskMapping(gateway.scope(), { task_id, default_queue: 'default' });
});

afterAll(() => gateway.close());

async function call(token = gateway.token) {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await gateway.post('/gateway/v1/tasks/statistics/calls', {}, headers);
  return (await answer.json()) as { call_id: string; links: { self: string; events: string } };
}

function follow({ links }: { links: { events: string } }, headers: Record<string, string> = {}) {
  return openEvents(gateway.address + links.events, { authorization: `Bearer ${gateway.token}`, ...headers });
}

async function change(callId: string, changes: object) {
  await gateway.database.db
    .updateTable('tasks')
    .set(changes)
    .where('id', '=', sql<string>`(SELECT clone_id FROM calls WHERE id = ${callId})`)
    .execute();
}

const until = <Result>(check: () => Result) => vi.waitFor(check, { timeout: 20_000, interval: 20 });

test('a call is told from its place in the queue to its end, then the stream ends', async () => {
  const before = await call();
  const made = await call();
  const stream = await follow(made);
  expect(stream.status).toBe(200);
  expect(stream.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  await until(() => expect(stream.events()).toHaveLength(1));
  const place = stream.events()[0].queue_position as number;
  expect(stream.events()[0]).toMatchObject({ call_id: made.call_id, status: 'queued' });

  await gateway.database.db.deleteFrom('queue_entries').execute();
  await change(before.call_id, { status: 'completed' });
  await change(made.call_id, { status: 'in_progress', started: new Date() });
  await until(() => expect(stream.events().at(-1)).toMatchObject({ status: 'running' }));
  await change(made.call_id, { runtime: json({ progress: '40' }), last_iteration: 7 });
  await until(() => expect(stream.events().at(-1)).toMatchObject({ progress: 40, last_iteration: 7 }));
  // What nobody can see the difference of is not told again.
  const { length } = stream.events();
  await change(made.call_id, { last_update: new Date() });
  await change(made.call_id, { status: 'failed', status_reason: 'exit code 3' });
  await stream.ended;
  expect(stream.events().slice(length)).toMatchObject([{ status: 'failed', error: 'exit code 3' }]);
  expect(place).toBeGreaterThan(0);
  expect(stream.text()).toMatch(/^retry: \d+\n\nid: queued\/\/0\/\d+\ndata: /);
});

test('a call that has ended is told once, and who has seen that is told to stop', async () => {
  const made = await call();
  await change(made.call_id, { status: 'completed' });
  const first = await follow(made);
  await first.ended;
  expect(first.events()).toMatchObject([{ status: 'completed' }]);
  const [, id = ''] = /^id: (.*)$/m.exec(first.text()) ?? [];
  expect((await follow(made, { 'last-event-id': id })).status).toBe(204);
  const odd = await follow(made, { 'last-event-id': 'whatever' });
  await odd.ended;
  expect(odd.events()).toHaveLength(1);
});

test('many who watch one call hear the same, on every server', async () => {
  const replica = await createTestGateway({ replicaOf: gateway });
  try {
    const made = await call();
    const headers = { authorization: `Bearer ${gateway.token}` };
    const streams = await Promise.all([
      ...Array.from({ length: 5 }, () => follow(made)),
      ...Array.from({ length: 5 }, () => openEvents(replica.address + made.links.events, headers)),
    ]);
    await until(() => expect(streams.every((stream) => stream.events().length === 1)).toBe(true));
    await change(made.call_id, { status: 'stopped', status_reason: 'enough' });
    await Promise.all(streams.map(({ ended }) => ended));
    for (const stream of streams) expect(stream.events().at(-1)).toMatchObject({ status: 'aborted' });
  } finally {
    await replica.close();
  }
});

test('clients that go away leave nothing behind, and only so many may stay', async () => {
  const ada = await gateway.addUser('user');
  const made = await call(ada.token);
  const open = () => follow(made, { authorization: `Bearer ${ada.token}` });
  const streams = await Promise.all(Array.from({ length: 20 }, open));
  const refused = await open();
  expect([refused.status, refused.headers['retry-after']]).toEqual([429, '5']);
  await until(() => expect(refused.text()).toContain('too_many_streams'));
  // Another caller has their own.
  const other = await follow(made);
  expect(other.status).toBe(200);
  for (const stream of [...streams, other]) stream.abort();
  const again = await until(async () => {
    const stream = await open();
    expect(stream.status).toBe(200);
    return stream;
  });
  await until(() => expect(again.events()).toHaveLength(1));
  await change(made.call_id, { status: 'completed' });
  await again.ended;
});

test('a client that does not read costs no memory without end, and hears how it ended', async () => {
  const made = await call();
  const stream = await follow(made);
  await until(() => expect(stream.events()).toHaveLength(1));
  stream.pause();
  await change(made.call_id, { status: 'in_progress' });
  // Each document is larger than what the connection takes unread.
  const values = json(
    Object.fromEntries([['result_output', { key: 'x'.repeat(300_000), mode: 'output', uri: 'u' }]]),
  );
  for (let progress = 1; progress <= 20; progress++) {
    await change(made.call_id, {
      runtime: json({ progress: `${progress}` }),
      artifacts: values,
      last_iteration: progress,
    });
    await gateway.database.pool.query(`SELECT pg_notify('arno_calls', $1)`, [made.call_id]);
  }
  await change(made.call_id, { status: 'completed' });
  stream.resume();
  await stream.ended;
  expect(stream.events().at(-1)).toMatchObject({ status: 'completed' });
});

test('a call whose row is deleted ends its streams', async () => {
  const made = await call();
  const stream = await follow(made);
  await gateway.database.db.deleteFrom('calls').where('id', '=', made.call_id).execute();
  await stream.ended;
});

test('a stream is for who made the call, and for admins', async () => {
  const [ada, bob] = [await gateway.addUser('user'), await gateway.addUser('developer')];
  const made = await call(ada.token);
  const stream = await follow(made, { authorization: `Bearer ${bob.token}` });
  expect(stream.status).toBe(404);
  expect((await follow(made, { authorization: 'Bearer arno_wrong' })).status).toBe(401);
  const unknown = await openEvents(`${gateway.address}/gateway/v1/calls/none/events`, {
    authorization: `Bearer ${gateway.token}`,
  });
  expect(unknown.status).toBe(404);
});

test('an answer on demand that is being sent is told of until it ends', async () => {
  let finish = () => {};
  const machine = await startUpstream((_request, response) => {
    response.write('first');
    finish = () => response.end('last');
  });
  try {
    await gateway.addModel('digits', [machine.port]);
    const answer = await gateway.post('/gateway/v1/models/digits/calls', {});
    const callId = answer.headers.get('arno-call-id');
    const stream = await follow({ links: { events: `/gateway/v1/calls/${callId}/events` } });
    await until(() => expect(stream.events()).toMatchObject([{ kind: 'ondemand', status: 'running' }]));
    finish();
    await answer.text();
    await stream.ended;
    expect(stream.events().at(-1)).toMatchObject({ status: 'completed' });
  } finally {
    await machine.close();
  }
});

test('nobody opens a stream without reading it', async () => {
  const made = await call();
  const headers = { authorization: `Bearer ${gateway.token}` };
  const answer = await fetch(gateway.address + made.links.events, { method: 'HEAD', headers });
  expect(answer.status).toBe(404);
});

test('a server that stops ends its streams', async () => {
  const replica = await createTestGateway({ replicaOf: gateway });
  const made = await call();
  const stream = await openEvents(replica.address + made.links.events, {
    authorization: `Bearer ${gateway.token}`,
  });
  await until(() => expect(stream.events()).toHaveLength(1));
  await replica.close();
  await stream.ended;
});
