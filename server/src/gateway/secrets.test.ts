import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../test/gateway.ts';
import { startUpstream, type Upstream } from '../../test/upstream.ts';
import { sha256 } from '../platform/ids.ts';

let gateway: TestGateway;
let echo: Upstream;

beforeAll(async () => {
  gateway = await createTestGateway();
  echo = await startUpstream((_request, response) => response.end(JSON.stringify({ echo: gateway.token })));
  await gateway.addModel('echo', [echo.port]);
});

afterAll(async () => {
  await gateway.close();
  await echo.close();
});

const enqueue = '/clearml/serve/enqueue_task';
const model = '/gateway/v1/models/echo/calls';

/** Everything that the log holds. */
const log = async () => JSON.stringify(await gateway.database.db.selectFrom('calls').selectAll().execute());

test.each<[string, (token: string) => unknown]>([
  ['single quotes', (token) => `{'access_token': '${token}'}`],
  ['no quotes', (token) => `{access_token: ${token}}`],
  ['no colon', (token) => `{"access_token" "${token}"}`],
  ['a form', (token) => `access_token=${token}`],
  ['a cut body', (token) => `{"access_token": "${token}`],
  ['JSON inside JSON', (token) => JSON.stringify(JSON.stringify({ access_token: token }))],
  ['a foreign place', (token) => ({ task_id: token, endpoint: token, machine_id: token, queue: token })],
  ['params as text', (token) => ({ task_id: 'x', params: JSON.stringify({ password: token, a: [token] }) })],
  ['params as broken text', (token) => ({ task_id: 'x', params: `{'password': '${token}'}` })],
])('a token in a body with %s does not enter the log', async (_what, body) => {
  const bearer = { authorization: `Bearer ${gateway.token}` };
  for (const [path, contentType] of [enqueue, model].flatMap((path) => [
    [path, 'application/json'],
    [path, 'text/plain'],
  ])) {
    const headers = { ...bearer, 'content-type': contentType as string };
    await gateway.post(path as string, body(gateway.token), headers);
    await gateway.post(path as string, body('hunter2-hunter2'), headers);
  }
  expect(await log()).not.toContain(gateway.token);
});

test('a password in params that are JSON text is masked', async () => {
  const params = JSON.stringify({ password: 'correct-horse', hours: 3 });
  await gateway.post(enqueue, { task_id: sha256('nothing'), params });
  const { request } = await gateway.lastCall();
  expect(request).toContain('hours');
  expect(request).not.toContain('correct-horse');
});

test('a token in a path, in a query or in an answer does not enter the log either', async () => {
  await gateway.post(`/gateway/v1/tasks/${gateway.token}/calls`, {});
  await gateway.post(`${model}?access_token=${gateway.token}&password=hunter2`, {});
  await gateway.post(`${enqueue}?access_token=hunter2`, {});
  const answer = await gateway.post(model, {});
  expect(await answer.text()).toContain(gateway.token);
  expect(await log()).not.toContain(gateway.token);
});

test('a stranger leaves no body, and only so many rows', async () => {
  const stranger = { authorization: 'Bearer mistyped-password' };
  const before = await gateway.callCount();
  const answers = [];
  for (let n = 0; n < 45; n++) answers.push(await gateway.post(model, { mine: 'x' }, stranger));
  const rows = (await gateway.callCount()) - before;
  expect(rows).toBeLessThan(45);
  expect(answers.slice(-14).map(({ status }) => status)).toEqual(Array.from({ length: 14 }, () => 429));
  const last = answers.at(-1);
  expect(Number(last?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await last?.json()).toMatchObject({ status: 'error', error: { code: 'too_many_requests' } });
  expect(await gateway.lastCall()).toMatchObject({
    http_status: 429,
    error_code: 'too_many_requests',
    request: null,
  });
  expect((await gateway.post(model, {})).status).toBe(200);
  expect(await log()).not.toContain('mistyped-password');
});
