import { type ClientRequest, request } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../test/gateway.ts';
import { createTaskMapping } from '../features/mappings/index.ts';
import { createTask } from '../features/tasks/index.ts';
import { sha256 } from '../platform/ids.ts';

let gateway: TestGateway;
let publicId: string;

beforeAll(async () => {
  gateway = await createTestGateway();
  const task_id = await createTask(gateway.scope(), { name: 'statistics', type: 'inference' });
  await createTaskMapping(gateway.scope(), { task_id, default_queue: 'default' });
  publicId = sha256(task_id);
});
afterAll(() => gateway.close());

const modern = '/gateway/v1/tasks/statistics/calls';
const legacy = '/clearml/serve/enqueue_task';
const mebibyte = 1024 * 1024;

interface Sent {
  sent: ClientRequest;
  answer: Promise<{ status: number | undefined; code: string | undefined }>;
}

/** Announces a body and sends a part of it. */
function send(path: string, announced: number, body: string, headers: Record<string, string>): Sent {
  const sent = request(gateway.address + path, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json', 'content-length': announced, ...headers },
  });
  const answer = new Promise<Awaited<Sent['answer']>>((resolve, reject) => {
    sent.on('error', reject).on('response', async (response) => {
      const { error } = JSON.parse(await text(response)) as { error?: { code: string } };
      resolve({ status: response.statusCode, code: error?.code });
    });
  });
  sent.flushHeaders();
  if (body) sent.write(body);
  return { sent, answer };
}

test.each([{}, { authorization: 'Bearer arno_wrong' }])(
  'in the modern form %j is refused before the body has come',
  async (headers) => {
    const { sent, answer } = send(modern, 10 * mebibyte, '', headers);
    expect(await answer).toEqual({ status: 401, code: 'unauthorized' });
    sent.destroy();
  },
);

test('a call with an alias is logged as one of it, also when its body never comes', async () => {
  const { sent, answer } = send(modern, 5, '', { authorization: 'Bearer arno_wrong' });
  await answer;
  sent.destroy();
  expect(await gateway.lastCall()).toMatchObject({ alias: 'statistics', bytes_in: 5, http_status: 401 });
});

test('bodies that have their token in them are kept up to a bound, and callers with a header go on', async () => {
  const token = { authorization: `Bearer ${gateway.token}` };
  const large = 'x'.repeat(15 * mebibyte);
  const strangers = Array.from({ length: 6 }, () => send(legacy, 16 * mebibyte, large, {}));
  const outcomes = strangers.map(({ answer }) => answer.catch(() => undefined));
  // Four of them fit into 64 MiB.
  const refused = await Promise.race(outcomes);
  expect(refused).toEqual({ status: 503, code: 'overloaded' });

  const body = JSON.stringify({ task_id: publicId });
  const known = send(legacy, body.length, body, token);
  expect(await known.answer).toEqual({ status: 200, code: undefined });
  const inBody = () =>
    gateway.post(legacy, { task_id: publicId, access_token: gateway.token, params: { large } }, {});
  expect((await inBody()).status).toBe(503);

  for (const { sent } of strangers) sent.destroy();
  await Promise.all(outcomes);
  // What is too large for a task, but was read.
  await expect.poll(async () => (await inBody()).status).toBe(400);
});

test('a token in the body counts before a wrong one in the header', async () => {
  const body = { task_id: publicId, access_token: gateway.token };
  const answer = await gateway.post(legacy, body, { authorization: 'Bearer arno_wrong' });
  expect(answer.status).toBe(200);
  const wrong = await gateway.post(legacy, { ...body, access_token: 'arno_wrong' });
  expect(wrong.status).toBe(401);
});

/** What the log says of who made a call. */
const maker = async () => {
  const { user_id, company, error_code } = await gateway.lastCall();
  return { user_id, company, error_code };
};

test('who proved its identity in the headers is the caller also of a body that is too large, however often', async () => {
  const { userId: user_id, company } = gateway.admin;
  const before = await gateway.callCount();
  const token = { authorization: `Bearer ${gateway.token}` };
  // More than a stranger may fail in a minute.
  const calls = Array.from({ length: 35 }, () => send(legacy, 17 * mebibyte, '', token));
  const answers = await Promise.all(calls.map(({ answer }) => answer));
  for (const { sent } of calls) sent.destroy();
  expect(answers).toEqual(calls.map(() => ({ status: 413, code: 'body_too_large' })));
  expect(await gateway.callCount()).toBe(before + calls.length);
  expect(await maker()).toEqual({ user_id, company, error_code: 'body_too_large' });
});

test('and of a body that breaks off', async () => {
  const { userId: user_id, company } = gateway.admin;
  // Its token is known at once then, and the body is being read when it breaks off.
  const { token } = await gateway.auth.createAccessToken(user_id, 'breaks off');
  await gateway.get('/gateway/v1/tasks', token);
  const before = await gateway.callCount();
  const { sent, answer } = send(legacy, 100, '{"task_id"', { authorization: `Bearer ${token}` });
  const broken = answer.catch(() => undefined);
  await new Promise((sentAll) => sent.write(':', sentAll));
  sent.destroy();
  await broken;
  await expect.poll(() => gateway.callCount()).toBe(before + 1);
  expect(await maker()).toEqual({ user_id, company, error_code: 'invalid_request' });
});

test.each([legacy, modern])(
  'a call of %s whose caller leaves while the token is looked up is logged',
  async (path) => {
    const { userId: user_id, company } = gateway.admin;
    const { token } = await gateway.auth.createAccessToken(user_id, 'leaves');
    const before = await gateway.callCount();
    const left = new Promise((resolve) => {
      gateway.server.once('connection', (socket: Socket) => socket.once('close', resolve));
    });
    await gateway.database.db.transaction().execute(async (transaction) => {
      await sql`LOCK TABLE access_tokens IN ACCESS EXCLUSIVE MODE`.execute(transaction);
      const { sent, answer } = send(path, 100, '{"task_id"', { authorization: `Bearer ${token}` });
      answer.catch(() => {});
      await expect.poll(lookUpsThatWait).toBe(1);
      sent.destroy();
      await left;
    });
    await expect.poll(() => gateway.callCount()).toBe(before + 1);
    expect(await maker()).toEqual({ user_id, company, error_code: 'client_closed' });
  },
);

async function lookUpsThatWait(): Promise<number> {
  const { rows } = await sql`
    SELECT 1 FROM pg_locks WHERE relation = 'access_tokens'::regclass AND NOT granted`.execute(
    gateway.database.db,
  );
  return rows.length;
}

test('a wrong token in the body makes a stranger of who has a good one in the headers', async () => {
  const answer = await gateway.post(legacy, { task_id: publicId, access_token: 'arno_wrong' });
  expect(answer.status).toBe(401);
  expect(await maker()).toEqual({ user_id: null, company: '', error_code: 'unauthorized' });
  expect(await gateway.lastCall()).toMatchObject({ request: null });
});
