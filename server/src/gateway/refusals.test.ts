import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../test/gateway.ts';
import { createTaskMapping } from '../features/mappings/index.ts';
import { createTask } from '../features/tasks/index.ts';
import { sha256 } from '../platform/ids.ts';

let gateway: TestGateway;
let publicId: string;
let machineId: string;

beforeAll(async () => {
  // One test takes the log's table away, and the server reports that.
  gateway = await createTestGateway({ log: 'silent' });
  const taskId = await createTask(gateway.scope(), { name: 'statistics', type: 'inference' });
  await createTaskMapping(gateway.scope(), { task_id: taskId, default_queue: 'default' });
  publicId = sha256(taskId);
  ({ machineId } = await gateway.addModel('digits', []));
});

afterAll(() => gateway.close());

const enqueue = '/clearml/serve/enqueue_task';
const ondemand = '/clearml/serve/ondemand';
const unknown = sha256('nothing');

interface Refusal {
  path: string;
  body: unknown;
  headers?: Record<string, string>;
}

const refusals: [what: string, status: number, code: string, words: RegExp, request: () => Refusal][] = [
  [
    'no token',
    401,
    'unauthorized',
    /no token/,
    () => ({ path: enqueue, body: { task_id: publicId }, headers: {} }),
  ],
  [
    'a wrong token',
    401,
    'unauthorized',
    /wrong, revoked or expired/,
    () => ({ path: enqueue, body: { task_id: publicId, access_token: 'arno_wrong' }, headers: {} }),
  ],
  [
    'a wrong session token',
    401,
    'unauthorized',
    /wrong, revoked or expired/,
    () => ({
      path: '/gateway/v1/tasks/statistics/calls',
      body: {},
      headers: { authorization: 'Bearer a.b.c' },
    }),
  ],
  [
    'a key pair',
    401,
    'unauthorized',
    /personal token/,
    () => ({ path: ondemand, body: {}, headers: { authorization: 'Basic YTpi' } }),
  ],
  ['no JSON', 400, 'invalid_request', /not valid JSON/, () => ({ path: enqueue, body: '{"task_id":' })],
  ['an empty body', 400, 'invalid_request', /not valid JSON/, () => ({ path: ondemand, body: '' })],
  ['a JSON list', 400, 'invalid_request', /must be a JSON object/, () => ({ path: enqueue, body: '[]' })],
  ['no task_id', 400, 'missing_field', /task_id is missing/, () => ({ path: enqueue, body: {} })],
  [
    'an empty task_id',
    400,
    'missing_field',
    /task_id is empty/,
    () => ({ path: enqueue, body: { task_id: '' } }),
  ],
  [
    'a number as task_id',
    400,
    'invalid_request',
    /task_id must be string/,
    () => ({ path: enqueue, body: { task_id: 5 } }),
  ],
  [
    'no machine_id',
    400,
    'missing_field',
    /machine_id is missing/,
    () => ({ path: ondemand, body: { endpoint: 'digits' } }),
  ],
  [
    'no endpoint',
    400,
    'missing_field',
    /endpoint is missing/,
    () => ({ path: ondemand, body: { machine_id: machineId } }),
  ],
  [
    'a list as params',
    400,
    'invalid_request',
    /params must be a JSON object/,
    () => ({ path: enqueue, body: { task_id: publicId, params: [1] } }),
  ],
  [
    'a text that is no JSON as input',
    400,
    'invalid_request',
    /input is not valid JSON/,
    () => ({ path: enqueue, body: { task_id: publicId, input: 'x=1' } }),
  ],
  [
    'params of a wrong type in the modern form',
    400,
    'invalid_request',
    /params must be object/,
    () => ({ path: '/gateway/v1/tasks/statistics/calls', body: { params: 'x' } }),
  ],
  [
    'fields that do not exist in the modern form',
    400,
    'invalid_request',
    /parmas, quue.*params, queue/,
    () => ({ path: '/gateway/v1/tasks/statistics/calls', body: { parmas: {}, quue: 'x' } }),
  ],
  [
    'a callback to the metadata of a cloud',
    400,
    'invalid_request',
    /callback_url is not allowed: 169\.254\.169\.254/,
    () => ({
      path: '/gateway/v1/tasks/statistics/calls',
      body: { callback_url: 'http://0xA9FEA9FE/latest' },
    }),
  ],
  [
    'an idempotency key with a blank',
    400,
    'invalid_request',
    /Idempotency-Key must be/,
    () => ({
      path: '/gateway/v1/tasks/statistics/calls',
      body: {},
      headers: { authorization: `Bearer ${gateway.token}`, 'idempotency-key': 'a b' },
    }),
  ],
  [
    'null as task_id',
    400,
    'missing_field',
    /task_id is missing/,
    () => ({ path: enqueue, body: { task_id: null } }),
  ],
  [
    'params nested without end',
    400,
    'invalid_request',
    /nested deeper/,
    () => ({
      path: enqueue,
      body: `{"task_id":"${publicId}","params":${'{"a":'.repeat(100)}1${'}'.repeat(101)}`,
    }),
  ],
  [
    'an unknown public id',
    404,
    'unknown_public_id',
    /task_id/,
    () => ({ path: enqueue, body: { task_id: unknown } }),
  ],
  [
    'the real task id for the public one',
    404,
    'unknown_public_id',
    /task_id/,
    () => ({ path: enqueue, body: { task_id: '2655bb0a64fa4c57be93637bd6441b9e' } }),
  ],
  [
    'an unknown machine',
    404,
    'unknown_public_id',
    /machine_id/,
    () => ({ path: ondemand, body: { machine_id: unknown, endpoint: 'digits' } }),
  ],
  [
    'an unknown endpoint',
    404,
    'unknown_endpoint',
    /endpoint/,
    () => ({ path: ondemand, body: { machine_id: machineId, endpoint: 'letters' } }),
  ],
  [
    'an unknown task alias',
    404,
    'unknown_public_id',
    /alias/,
    () => ({ path: '/gateway/v1/tasks/no%00ne/calls', body: {} }),
  ],
  [
    'an unknown model alias',
    404,
    'unknown_endpoint',
    /alias/,
    () => ({ path: '/gateway/v1/models/none/calls', body: {} }),
  ],
  [
    'a body above 16 MiB',
    413,
    'body_too_large',
    /larger than/,
    () => ({ path: enqueue, body: 'x'.repeat(16 * 1024 * 1024 + 1) }),
  ],
];

test.each(refusals)('%s: %i %s, with a row in the log', async (_what, status, code, words, request) => {
  const before = await gateway.callCount();
  const { path, body, headers } = request();
  const answer = await gateway.post(path, body, headers);
  expect(answer.status).toBe(status);
  const refusal = (await answer.json()) as { error: { message: string }; call_id: string };
  expect(refusal).toEqual({
    status: 'error',
    error: { code, message: refusal.error.message },
    call_id: refusal.call_id,
  });
  expect(refusal.error.message).toMatch(words);
  expect(await gateway.callCount()).toBe(before + 1);
  expect(await gateway.lastCall()).toMatchObject({
    id: refusal.call_id,
    kind: path.includes('ondemand') || path.includes('models') ? 'ondemand' : 'enqueue',
    outcome: 'failed',
    http_status: status,
    error_code: code,
  });
});

test('what is no call leaves no row', async () => {
  const before = await gateway.callCount();
  const answers = await Promise.all([
    gateway.get('/gateway/v1/calls/unknown%00'),
    gateway.get('/gateway/v1/nothing'),
    gateway.get('/gateway/v1/tasks', 'arno_wrong'),
    gateway.get(ondemand),
    gateway.get('/serve/ondemand'),
    gateway.post('/gateway/v1/models/%zz/calls', {}),
    gateway.get('/clearml/serve/%'),
  ]);
  const codes = await Promise.all(
    answers.map(async (answer) => ((await answer.json()) as { error: { code: string } }).error.code),
  );
  expect(codes).toEqual([
    ...['unknown_call', 'not_found', 'unauthorized'],
    ...['not_found', 'not_found', 'invalid_request', 'invalid_request'],
  ]);
  expect(await gateway.callCount()).toBe(before);
});

test("a browser's session cookie does not make a call", async () => {
  const { token } = await gateway.auth.openSession(gateway.admin);
  const answer = await gateway.post(
    enqueue,
    { task_id: publicId },
    { cookie: `clearml_token_basic=${token}` },
  );
  expect(answer.status).toBe(401);
  const bearer = await gateway.post(enqueue, { task_id: publicId }, { authorization: `Bearer ${token}` });
  expect(bearer.status).toBe(200);
});

test('a row that cannot be written turns a success into an error, and nothing is queued', async () => {
  const { db } = gateway.database;
  await db.schema.alterTable('calls').renameTo('calls_away').execute();
  const clones = () => db.selectFrom('tasks').select('id').where('status', '=', 'queued').execute();
  const before = await clones();
  const answer = await gateway.post(enqueue, { task_id: publicId });
  await db.schema.alterTable('calls_away').renameTo('calls').execute();
  expect([answer.status, await answer.json()]).toMatchObject([500, { error: { code: 'internal_error' } }]);
  expect(await clones()).toHaveLength(before.length);
});
