import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { newId } from '../../platform/ids.ts';

let api: TestApi;

beforeAll(async () => {
  api = await createTestApi();
});

afterAll(() => api.close());

type Headers = { authorization: string };

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });
const basic = (key: string, secret: string): Headers => ({
  authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`,
});

async function person(role = 'user') {
  const email = `${newId()}@example.org`;
  const { company } = api.installation.admin;
  const { id } = await api.ok('auth.create_user', { name: 'Some Body', company, email, role });
  const { accessKey, secretKey } = await api.installation.auth.createKeyPair(id);
  return { id: id as string, accessKey, key: basic(accessKey, secretKey) };
}

async function login(headers: Headers, request: object = {}): Promise<Headers> {
  const { data } = await api.call('auth.login', request, headers);
  return bearer(data.token);
}

const expiry = ({ authorization }: Headers) => decodeJwt(authorization.slice('Bearer '.length)).exp ?? 0;
const whoIs = async (headers: Record<string, string>) =>
  (await api.call('users.get_current_user', {}, headers)).code;

test('a session never outlives the personal token it was made with, nor the session', async () => {
  const { id } = await person();
  const expires = new Date(Date.now() + 3_600_000);
  const { token } = await api.installation.auth.createAccessToken(id, 'short', expires);
  const session = await login(bearer(token), { expiration_sec: 86_400 });
  expect(expiry(session)).toBe(Math.floor(expires.getTime() / 1000));
  expect(expiry(await login(session, { expiration_sec: 86_400 }))).toBe(expiry(session));
  const shorter = await login(session, { expiration_sec: 600 });
  expect(expiry(shorter)).toBeLessThan(expiry(session));
  expect(expiry(await login(shorter))).toBe(expiry(shorter));
});

test('revoking a key pair or a personal token ends the sessions made with it, also those made with these', async () => {
  const { id, key, accessKey } = await person();
  const { auth } = api.installation;
  const { id: tokenId, token } = await auth.createAccessToken(id, 'mine');
  const ofKey = await login(key);
  const ofToken = await login(bearer(token));
  const sessions = [ofKey, await login(ofKey), ofToken, await login(ofToken)];
  for (const session of sessions) expect(await whoIs(session)).toBe('200/0');
  await auth.revokeKeyPair(id, accessKey);
  expect(await Promise.all(sessions.map(whoIs))).toEqual(['401/31', '401/31', '200/0', '200/0']);
  await auth.revokeAccessToken(id, tokenId);
  expect(await Promise.all(sessions.map(whoIs))).toEqual(['401/31', '401/31', '401/31', '401/31']);
});

test('logging out ends the sessions that came of the session', async () => {
  const { key } = await person();
  const [first, other] = [await login(key), await login(key)];
  const second = await login(first);
  const third = await login(second);
  await api.call('auth.logout', {}, second);
  expect(await Promise.all([first, second].map(whoIs))).toEqual(['200/0', '401/31']);
  await api.call('auth.logout', {}, first);
  expect(await Promise.all([first, third, other].map(whoIs))).toEqual(['401/31', '401/31', '200/0']);
});

test('another role ends the sessions of a person; their key pair opens new ones', async () => {
  const { id, key } = await person('admin');
  const session = await login(key);
  await api.ok('auth.edit_user', { user: id, role: 'admin' });
  expect(await whoIs(session)).toBe('200/0');
  await api.ok('auth.edit_user', { user: id, role: 'user' });
  expect(await whoIs(session)).toBe('401/31');
  expect(await whoIs(await login(key))).toBe('200/0');
});

test('a session for somebody else ends with whoever opened it', async () => {
  const [other, admin, second] = [await person(), await person('admin'), await person('admin')];
  const adminSession = await login(admin.key);
  const { data } = await api.call('auth.get_token_for_user', { user: other.id }, adminSession);
  const made = bearer(data.token);
  const spoken = await login({ ...second.key, 'x-clearml-impersonate-as': other.id } as Headers);
  for (const session of [made, spoken]) {
    expect((await api.call('users.get_current_user', {}, session)).data.user.id).toBe(other.id);
  }
  expect(expiry(made)).toBeLessThanOrEqual(expiry(adminSession));
  await api.ok('auth.edit_user', { user: admin.id, role: 'user' });
  expect(await Promise.all([made, spoken].map(whoIs))).toEqual(['401/31', '200/0']);
  await api.ok('users.delete', { user: second.id });
  expect(await whoIs(spoken)).toBe('401/31');
});
