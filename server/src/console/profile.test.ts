import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';

let console: TestConsole;

beforeAll(async () => {
  console = await createTestConsole();
});

afterAll(() => console.close());

const first = 'the first password';
const second = 'the second password';

/** Somebody with a password, and a browser of theirs that is logged in. */
async function person() {
  const { id, headers } = await console.personOf('user', first);
  return { id, bearer: headers, cookie: await browser(id, first) };
}

async function browser(username: string, password: string): Promise<{ cookie: string }> {
  const { headers } = await console.call('POST', 'login', { username, password }, { 'user-agent': 'tests' });
  return cookieIn(headers);
}

const cookieIn = (headers: Headers) => ({ cookie: (headers.get('set-cookie') ?? '').split(';')[0] ?? '' });
const meOf = async (headers: Record<string, string>) =>
  (await console.call('GET', 'me', undefined, headers)).status;

test('everybody sees their account and their logins', async () => {
  const { id, cookie } = await person();
  await browser(id, first);
  const { body } = await console.call('GET', 'me/profile', undefined, cookie);
  expect(body).toMatchObject({ origin: 'local', has_password: true, is_provided: false });
  expect(body.sessions).toHaveLength(2);
  expect(body.sessions.filter((session: { current: boolean }) => session.current)).toMatchObject([
    { agent: expect.any(String), address: expect.any(String), expires_at: expect.any(String) },
  ]);
});

test('a name is changed by its owner, and the audit list says so', async () => {
  const { id, cookie } = await person();
  const { status, body } = await console.call('PATCH', 'me', { name: ' Ada  ' }, cookie);
  expect([status, body.user.name]).toEqual([200, 'Ada']);
  const entry = await console.database.db
    .selectFrom('audit_entries')
    .select(['user_id', 'action', 'after'])
    .where('subject_id', '=', id)
    .executeTakeFirst();
  expect(entry).toEqual({ user_id: id, action: 'update', after: { name: 'Ada' } });
  for (const name of ['', '  ', 'a'.repeat(201)])
    expect((await console.call('PATCH', 'me', { name }, cookie)).body.error.field).toBe('name');
});

test('somebody of a single sign-on that is gone changes their name here', async () => {
  const { id, cookie } = await person();
  await console.database.db
    .updateTable('users')
    .set({ oidc_subject: id, oidc_issuer: 'x' })
    .where('id', '=', id)
    .execute();
  expect((await console.call('PATCH', 'me', { name: 'Bea' }, cookie)).status).toBe(200);
});

test('another password ends all sessions but the browser’s that asked', async () => {
  const { id, bearer, cookie } = await person();
  const other = await browser(id, first);
  const { status, headers } = await console.call(
    'POST',
    'me/password',
    { current: first, password: second },
    cookie,
  );
  expect(status).toBe(204);
  expect([await meOf(cookie), await meOf(other), await meOf(cookieIn(headers))]).toEqual([401, 401, 200]);
  // Tokens are revoked by themselves: programs go on.
  expect(await meOf(bearer)).toBe(200);
  const login = (password: string) => console.call('POST', 'login', { username: id, password }, {});
  expect([(await login(first)).status, (await login(second)).status]).toEqual([401, 200]);
  const entries = await console.database.db
    .selectFrom('audit_entries')
    .select(['action', 'before', 'after'])
    .where('subject_id', '=', id)
    .execute();
  expect(entries).toEqual([{ action: 'rotate', before: null, after: null }]);
});

test.each([
  ['a wrong present password', { current: 'wrong', password: second }, 'current'],
  ['a short password', { current: first, password: 'short' }, 'password'],
  ['the same password', { current: first, password: first }, 'password'],
  ['no present password', { password: second }, 'current'],
])('%s changes nothing', async (_what, body, field) => {
  const { cookie } = await person();
  const answer = await console.call('POST', 'me/password', body, cookie);
  expect([answer.status, answer.body.error.field]).toEqual([400, field]);
  expect(await meOf(cookie)).toBe(200);
});

test('a session left open is no place to guess the password', async () => {
  const { cookie } = await person();
  const guess = () => console.call('POST', 'me/password', { current: 'guess', password: second }, cookie);
  for (let count = 0; count < 10; count++) expect((await guess()).status).toBe(400);
  expect((await guess()).status).toBe(429);
});

test('logins are ended one by one or all but this one, by their owner only', async () => {
  const { id, cookie } = await person();
  const [second, third] = [await browser(id, first), await browser(id, first)];
  const { sessions } = (await console.call('GET', 'me/profile', undefined, second)).body;
  const current = sessions.find((session: { current: boolean }) => session.current);
  const stranger = await person();
  const path = `me/sessions/${current.id}`;
  expect((await console.call('DELETE', path, undefined, stranger.cookie)).status).toBe(404);
  expect((await console.call('DELETE', path, undefined, cookie)).body).toEqual({ revoked: 1 });
  expect([await meOf(second), await meOf(third)]).toEqual([401, 200]);
  expect((await console.call('DELETE', 'me/sessions', undefined, cookie)).body).toEqual({ revoked: 1 });
  expect([await meOf(third), await meOf(cookie), await meOf(stranger.cookie)]).toEqual([401, 200, 200]);
});
