import { afterAll, beforeAll, expect, test } from 'vitest';
import { testAccess } from '../../test/access.ts';
import { testServerFacts } from '../../test/console.ts';
import { createTestGateway, type TestGateway } from '../../test/gateway.ts';
import { startUpstream, type Upstream } from '../../test/upstream.ts';
import { createTaskMapping, ownTasks } from '../features/mappings/index.ts';
import { createTask } from '../features/tasks/index.ts';
import { CallFeed, callChannel } from '../gateway/index.ts';
import { Notifications } from '../platform/notifications.ts';
import { consoleApi } from './index.ts';

let gateway: TestGateway;
let machine: Upstream;
let session: string;

beforeAll(async () => {
  machine = await startUpstream(({ path, body }, response) => {
    const isPage = path.endsWith('/page');
    response.setHeader('content-type', isPage ? 'text/html' : 'application/json');
    response.setHeader('set-cookie', 'from=machine');
    response.end(isPage ? '<script>alert(1)</script>' : JSON.stringify({ got: JSON.parse(body) }));
  });
  gateway = await createTestGateway({
    async beside(app, { database, auth, serving, log }) {
      const callChanges = new Notifications(database.pool, callChannel, log);
      app.addHook('onClose', async () => callChanges.close());
      const options = {
        ...{ db: database.db, log, auth, serving, tasks: ownTasks, server: testServerFacts(database.db) },
        ...{ callFeed: new CallFeed(callChanges), hasGateway: true },
        accessRules: testAccess(database, log).accessRules,
      };
      await app.register(consoleApi(options), { prefix: '/console/v1' });
    },
  });
  for (const endpoint of ['echo', 'page']) await gateway.addModel(endpoint, [machine.port]);
  const task_id = await createTask(gateway.scope(), { name: 'forecast', type: 'inference' });
  const input_schema = { type: 'object', properties: { hours: { type: 'integer' } }, required: ['hours'] };
  await createTaskMapping(gateway.scope(), {
    task_id,
    default_queue: 'default',
    alias: 'forecast',
    input_schema,
  });
  session = (await gateway.auth.openSession(gateway.admin)).token;
});

afterAll(async () => {
  await gateway.close();
  await machine.close();
});

const send = (method: string, path: string, body?: string, headers: Record<string, string> = {}) =>
  fetch(`${gateway.address}/console/v1/try/${path}`, {
    method,
    headers: {
      cookie: `clearml_token_basic=${session}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  });

test('a model is called with the session of the person, and its answer comes back as it is', async () => {
  const exact = '{"value": 12345678901234567890}';
  const answer = await send('POST', 'models/echo/calls', exact);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
  expect(machine.requests.at(-1)?.body).toBe(exact);
  expect(machine.requests.at(-1)?.headers).not.toHaveProperty('cookie');
  expect(JSON.stringify(machine.requests.at(-1)?.headers)).not.toContain(session);
  expect(await gateway.lastCall()).toMatchObject({
    id: answer.headers.get('arno-call-id'),
    user_id: gateway.admin.userId,
    outcome: 'ok',
  });
});

test('a page that a model answers with is powerless on the origin of the console', async () => {
  const { headers } = await send('POST', 'models/page/calls', '{}');
  expect(headers.get('content-security-policy')).toContain('sandbox');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('set-cookie')).toBeNull();
});

test('a task is queued, followed and cancelled', async () => {
  const queued = await send('POST', 'tasks/forecast/calls', '{"params": {"hours": 2}}');
  expect(queued.status).toBe(202);
  const { call_id } = await queued.json();
  const document = await send('GET', `calls/${call_id}`);
  expect(await document.json()).toMatchObject({ call_id, status: 'queued', alias: 'forecast' });
  expect(await (await send('DELETE', `calls/${call_id}`)).json()).toMatchObject({ status: 'aborted' });
});

test('what the gateway refuses is refused in its own words, and logged', async () => {
  const unfit = await send('POST', 'tasks/forecast/calls', '{"params": {"hours": "two"}}');
  expect(unfit.status).toBe(422);
  const { error, call_id } = await unfit.json();
  expect(error).toMatchObject({ code: 'invalid_params', faults: [{ path: '/hours' }] });
  expect((await gateway.lastCall()).id).toBe(call_id);
  const nowhere = await send('POST', 'models/..%2f..%2ftasks/calls', '{}');
  expect((await nowhere.json()).error.code).toBe('unknown_endpoint');
});

test.each([
  ['another site', { 'sec-fetch-site': 'cross-site' }, 403],
  ['another port of this host', { 'sec-fetch-site': 'same-site' }, 403],
  ['a form', { 'content-type': 'text/plain' }, 403],
  ['nobody', { cookie: '' }, 401],
  ['a key pair', { authorization: 'Basic' }, 400],
])('%s makes no call', async (who, headers, status) => {
  const { accessKey, secretKey } = await gateway.auth.createKeyPair(gateway.admin.userId);
  const pair = Buffer.from(`${accessKey}:${secretKey}`).toString('base64');
  const before = machine.requests.length;
  const sent = who === 'a key pair' ? { authorization: `Basic ${pair}` } : headers;
  expect((await send('POST', 'models/echo/calls', '{}', sent)).status).toBe(status);
  expect(machine.requests.length).toBe(before);
});

test('a person calls with the own rights alone', async () => {
  const { token } = await gateway.addUser('user');
  const { id } = await gateway.database.db
    .selectFrom('endpoint_mappings')
    .select('id')
    .where('alias', '=', 'echo')
    .executeTakeFirstOrThrow();
  const to = (access: string) =>
    gateway.database.db.updateTable('endpoint_mappings').set({ access }).where('id', '=', id).execute();
  await to('keys');
  gateway.serving.changed();
  const refused = await send('POST', 'models/echo/calls', '{}', { authorization: `Bearer ${token}` });
  expect([refused.status, (await refused.json()).error.code]).toEqual([403, 'forbidden']);
  await to('anyone');
  gateway.serving.changed();
  const answered = await send('POST', 'models/echo/calls', '{}', { authorization: `Bearer ${token}` });
  expect(answered.status).toBe(200);
});
