import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';

let console: TestConsole;
let id: string;
let password: string;

beforeAll(async () => {
  console = await createTestConsole();
  const made = await console.call('POST', 'users', { username: 'ada', name: 'Ada', role: 'developer' });
  id = made.body.user.id;
  password = made.body.password;
});

afterAll(() => console.close());

const call: TestConsole['call'] = (...request) => console.call(...request);
const detail = async () => (await call('GET', `users/${id}`)).body;
const me = async (headers: Record<string, string>) => (await call('GET', 'me', undefined, headers)).status;

async function login(agent: string) {
  const { headers } = await call('POST', 'login', { username: 'ada', password }, { 'user-agent': agent });
  return { cookie: headers.get('set-cookie')?.split(';')[0] ?? '', 'user-agent': agent };
}

test('logins are listed with where they came from, and when they were used', async () => {
  expect(await detail()).not.toHaveProperty('last_seen_at');
  const phone = await login('Phone');
  const { sessions, last_seen_at } = await detail();
  expect(sessions).toEqual([
    {
      ...{ id: expect.any(String), created_at: expect.any(String), expires_at: expect.any(String) },
      ...{ last_used_at: expect.any(String), address: '127.0.0.1', agent: 'Phone', current: false },
    },
  ]);
  expect(Date.now() - Date.parse(last_seen_at)).toBeLessThan(60_000);
  await console.database.db
    .updateTable('sessions')
    .set({ last_used: new Date(0) })
    .execute();
  expect(await me({ ...phone, 'user-agent': 'Phone, newer' })).toBe(200);
  const [used] = (await detail()).sessions;
  expect(used).toMatchObject({ agent: 'Phone, newer' });
  expect(Date.parse(used.last_used_at)).toBeGreaterThan(0);
  await call('POST', 'logout', undefined, phone);
  expect((await detail()).sessions).toEqual([]);
});

test('one session is ended, or all of a person, with those that programs opened', async () => {
  const [phone, laptop] = [await login('Phone'), await login('Laptop')];
  const first = (await detail()).sessions.find(({ agent }: { agent: string }) => agent === 'Phone');
  expect((await call('DELETE', `users/${id}/sessions/${first.id}`)).body).toEqual({ revoked: 1 });
  expect([await me(phone), await me(laptop)]).toEqual([401, 200]);
  expect((await call('DELETE', `users/${id}/sessions/${first.id}`)).status).toBe(404);
  const other = await console.personOf('user');
  const theirs = (await detail()).sessions[0].id;
  expect((await call('DELETE', `users/${other.id}/sessions/${theirs}`)).status).toBe(404);
  const { accessKey } = await console.auth.createKeyPair(id);
  const caller = { ...console.admin, userId: id, role: 'developer' as const, proof: { key: accessKey } };
  const sdk = { authorization: `Bearer ${(await console.auth.openSession(caller)).token}` };
  expect(await me(sdk)).toBe(200);
  expect((await call('DELETE', `users/${id}/sessions`)).body).toEqual({ revoked: 1 });
  expect([await me(laptop), await me(sdk)]).toEqual([401, 401]);
  const { items } = (await call('GET', 'audit?subject=session')).body;
  expect(items).toMatchObject([
    { action: 'revoke', subject_id: id, before: { user_id: id, sessions: 1 } },
    { action: 'revoke', subject_id: first.id },
  ]);
});

test('all sessions of oneself are all but the one that asks', async () => {
  const admin = { username: 'admin', password: console.firstPassword };
  const cookies = [];
  for (const agent of ['One', 'Two']) {
    const { headers } = await call('POST', 'login', admin, { 'user-agent': agent });
    cookies.push({ cookie: headers.get('set-cookie')?.split(';')[0] ?? '' });
  }
  const [one = { cookie: '' }, two = { cookie: '' }] = cookies;
  const self = `users/${console.admin.userId}`;
  const { sessions } = (await call('GET', self, undefined, one)).body;
  expect(sessions.filter(({ current }: { current: boolean }) => current)).toHaveLength(1);
  expect((await call('DELETE', `${self}/sessions`, undefined, one)).body).toEqual({ revoked: 1 });
  expect([await me(one), await me(two)]).toEqual([200, 401]);
});

test('keys and tokens of others are revoked, one or all, and nobody calls with them any more', async () => {
  const pairs = await Promise.all(['a', 'b', 'c'].map((label) => console.auth.createKeyPair(id, label)));
  const tokens = await Promise.all(['x', 'y'].map((name) => console.auth.createAccessToken(id, name)));
  const basic = pairs.map(({ accessKey, secretKey }) => ({
    authorization: `Basic ${Buffer.from(`${accessKey}:${secretKey}`).toString('base64')}`,
  }));
  for (const way of basic) expect(await me(way)).toBe(200);
  const shown = await detail();
  expect(shown.key_pairs[0]).toMatchObject({ last_used_at: expect.any(String), last_used_from: '127.0.0.1' });
  expect(JSON.stringify(shown)).not.toContain(pairs[0]?.secretKey);
  const key = `users/${id}/keys/${pairs[0]?.accessKey}`;
  expect((await call('DELETE', key)).body).toEqual({ revoked: 1 });
  expect((await call('DELETE', key)).status).toBe(404);
  // Nothing named is not everything.
  expect((await call('DELETE', `users/${id}/keys/`)).status).toBe(404);
  expect(await me(basic[0] ?? {})).toBe(401);
  expect(await me(basic[1] ?? {})).toBe(200);
  expect((await call('DELETE', `users/${id}/keys`)).body.revoked).toBeGreaterThanOrEqual(2);
  expect(await me(basic[2] ?? {})).toBe(401);
  expect((await call('DELETE', `users/${id}/tokens`)).body).toEqual({ revoked: 2 });
  expect(await me({ authorization: `Bearer ${tokens[1]?.token}` })).toBe(401);
  expect((await call('DELETE', 'users/nobody/keys')).status).toBe(404);
  const { items } = (await call('GET', `audit?subject=credentials&subject_id=${tokens[0]?.id}`)).body;
  expect(items).toMatchObject([
    { action: 'revoke', subject_name: 'x', before: { kind: 'token', user_id: id } },
  ]);
});
