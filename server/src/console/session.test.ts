import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';

let console: TestConsole;

beforeAll(async () => {
  console = await createTestConsole();
});

afterAll(() => console.close());

const login = (username: string, password: string, headers: Record<string, string> = {}) =>
  console.call('POST', 'login', { username, password }, headers);

test('a login sets a cookie that scripts and other sites cannot use, and that speaks for the person', async () => {
  const { status, headers, body } = await login('admin', console.firstPassword);
  expect(status).toBe(200);
  expect(body.user).toMatchObject({ username: 'admin', name: 'Administrator', role: 'admin' });
  const cookie = headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/^clearml_token_basic=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/);
  const me = await console.call('GET', 'me', undefined, { cookie: cookie.split(';')[0] ?? '' });
  expect(me.body).toEqual({
    user: body.user,
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    server: { roles: expect.any(Array), tracking: { here: true } },
  });
});

test('logout ends the session and clears the cookie', async () => {
  const { token } = await console.auth.openSession(console.admin);
  const cookie = { cookie: `clearml_token_basic=${token}` };
  const { status, headers } = await console.call('POST', 'logout', undefined, cookie);
  expect(status).toBe(204);
  expect(headers.get('set-cookie')).toMatch(/^clearml_token_basic=; Path=\/; Expires=Thu, 01 Jan 1970/);
  expect((await console.call('GET', 'me', undefined, cookie)).status).toBe(401);
});

test('a wrong password and an unknown user are told the same', async () => {
  const wrong = await login('admin', 'wrong');
  const unknown = await login('nobody', 'wrong');
  expect([wrong.status, wrong.body]).toEqual([unknown.status, unknown.body]);
  expect([wrong.status, wrong.body.error.code]).toEqual([401, 'wrong_credentials']);
});

test('ten wrong passwords for one name lock it for a while, right ones do not count', async () => {
  const { id } = await console.personOf('developer', 'right one');
  for (let count = 0; count < 12; count++) expect((await login(id, 'right one')).status).toBe(200);
  for (let count = 0; count < 10; count++) expect((await login(id, 'guess')).status).toBe(401);
  const { status, body } = await login(id, 'right one');
  expect([status, body.error.code]).toEqual([429, 'too_many_attempts']);
});

test.each(['cross-site', 'same-site'])(
  'a request that a %s page makes the browser send is refused',
  async (site) => {
    const { token } = await console.auth.openSession(console.admin);
    const cookie = { cookie: `clearml_token_basic=${token}`, 'sec-fetch-site': site };
    expect((await console.call('GET', 'me', undefined, cookie)).status).toBe(403);
    expect((await login('admin', console.firstPassword, cookie)).status).toBe(403);
    const own = { ...cookie, 'sec-fetch-site': 'same-origin' };
    expect((await console.call('GET', 'me', undefined, own)).status).toBe(200);
  },
);

test('a page that a browser says nothing of can make it send no order', async () => {
  const { token } = await console.auth.openSession(console.admin);
  const post = (headers: Record<string, string>, body?: string) =>
    fetch(`${console.address}/console/v1/audit/1000000/restore`, {
      method: 'POST',
      headers: { cookie: `clearml_token_basic=${token}`, ...headers },
      ...(body && { body }),
    });
  expect((await post({})).status).toBe(403);
  expect((await post({ 'content-type': 'text/plain' }, '{}')).status).toBe(403);
  expect((await post({ 'content-type': 'application/json' }, '{}')).status).toBe(404);
});

test.each([
  ['no session', 'GET', 'me', undefined, { cookie: 'a=b' }, 401, 'unauthorized', undefined],
  [
    'a wrong session',
    'GET',
    'dashboard',
    undefined,
    { cookie: 'clearml_token_basic=x.y.z' },
    401,
    'unauthorized',
    undefined,
  ],
  ['a missing field', 'POST', 'login', { username: 'admin' }, {}, 400, 'invalid_field', 'password'],
  ['a wrong type', 'POST', 'login', { username: 'admin', password: 5 }, {}, 400, 'invalid_field', 'password'],
  ['no JSON', 'POST', 'login', '{"username"', {}, 400, 'invalid_request', undefined],
  ['a list', 'POST', 'login', [], {}, 400, 'invalid_request', undefined],
  ['a NUL', 'POST', 'login', { username: 'a\0b', password: 'x' }, {}, 400, 'invalid_request', undefined],
  ['an unknown path', 'GET', 'nothing', undefined, undefined, 404, 'not_found', undefined],
])('%s is refused in one shape', async (_what, method, path, body, headers, status, code, field) => {
  const answer = await console.call(method, path, body, headers as Record<string, string> | undefined);
  expect([answer.status, answer.body.error.code, answer.body.error.field]).toEqual([status, code, field]);
  expect(answer.body.error.message).not.toBe('');
});

test('tokens and key pairs are made, listed, used and revoked by their owner only', async () => {
  const made = await console.call('POST', 'tokens', { name: 'node-red', expires_in_days: 30 });
  expect(made.status).toBe(201);
  expect(made.body.token).toMatch(/^arno_/);
  const { items } = (await console.call('GET', 'tokens')).body;
  expect(items).toMatchObject([{ id: made.body.id, name: 'node-red', expires_at: expect.any(String) }]);
  const bearer = { authorization: `Bearer ${made.body.token}` };
  expect((await console.call('GET', 'me', undefined, bearer)).status).toBe(200);
  const other = await console.personOf('user');
  expect((await console.call('DELETE', `tokens/${made.body.id}`, undefined, other.headers)).status).toBe(404);
  expect((await console.call('DELETE', `tokens/${made.body.id}`)).status).toBe(204);
  expect((await console.call('GET', 'me', undefined, bearer)).status).toBe(401);

  const pair = (await console.call('POST', 'keys', { label: 'laptop' })).body;
  expect((await console.call('GET', 'keys')).body.items).toMatchObject([
    { access_key: pair.access_key, label: 'laptop' },
  ]);
  expect((await console.call('DELETE', `keys/${pair.access_key}`)).status).toBe(204);
  expect((await console.call('GET', 'keys')).body.items).toEqual([]);
});
