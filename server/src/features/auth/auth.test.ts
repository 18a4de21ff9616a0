import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { newId } from '../../platform/ids.ts';

let api: TestApi;

beforeAll(async () => {
  api = await createTestApi();
});

afterAll(() => api.close());

const basic = (pair: { access_key: string; secret_key: string }) => ({
  authorization: `Basic ${Buffer.from(`${pair.access_key}:${pair.secret_key}`).toString('base64')}`,
});
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const company = () => api.installation.admin.company;

async function person(role = 'user') {
  const id = newId();
  const email = `${id}@example.org`;
  const made = await api.ok('auth.create_user', { name: 'Some Body', company: company(), email, role });
  const { token } = await api.ok('auth.get_token_for_user', { user: made.id });
  return { id: made.id as string, email, headers: bearer(token) };
}

describe('sessions', () => {
  test('a logged out session is over, and only that one', async () => {
    const { token } = await api.ok('auth.login', { expiration_sec: 3600 });
    const { token: other } = await api.ok('auth.login');
    expect(decodeJwt(token)).toMatchObject({ exp: expect.any(Number), feature_set: 'basic' });
    expect((await api.call('auth.logout', { method: 'get' }, bearer(token))).code).toBe('200/0');
    expect((await api.call('users.get_current_user', {}, bearer(token))).code).toBe('401/31');
    expect((await api.call('auth.logout', {}, bearer(token))).code).toBe('401/31');
    expect((await api.call('users.get_current_user', {}, bearer(other))).code).toBe('200/0');
  });

  test('a token of a user who is gone is worth nothing', async () => {
    const { id, headers } = await person();
    expect((await api.call('users.get_current_user', {}, headers)).code).toBe('200/0');
    await api.ok('users.delete', { user: id });
    expect((await api.call('users.get_current_user', {}, headers)).code).toBe('401/30');
  });

  test('administrators check tokens and make them for others', async () => {
    const { id, headers } = await person();
    const token = headers.authorization.slice('Bearer '.length);
    expect(await api.ok('auth.validate_token', { token })).toEqual({
      valid: true,
      user: id,
      company: company(),
    });
    expect(await api.ok('auth.validate_token', { token: 'x.y.z' })).toEqual({ valid: false });
    await api.call('auth.logout', {}, headers);
    expect(await api.ok('auth.validate_token', { token })).toEqual({ valid: false });
    expect((await api.call('auth.get_token_for_user', { user: newId() })).code).toBe('400/301');
    expect((await api.call('auth.get_token_for_user', { user: id, company: newId() })).code).toBe('400/10');
  });

  test('the ways to log in are told to everybody', async () => {
    const nobody = { authorization: '' };
    const { data } = await api.call('login.supported_modes', {}, nobody);
    expect(data).toMatchObject({ basic: { enabled: true, guest: { enabled: false } }, authenticated: false });
    expect((await api.ok('login.supported_modes')).authenticated).toBe(true);
    expect((await api.call('auth.fixed_users_mode', {}, nobody)).data).toMatchObject({ enabled: true });
    const { token } = await api.ok('auth.login');
    const cookie = { ...nobody, cookie: `clearml_token_basic=${token}` };
    expect((await api.call('login.logout', {}, cookie)).code).toBe('200/0');
    expect((await api.call('users.get_current_user', {}, cookie)).code).toBe('401/31');
    expect((await api.call('login.logout', {}, nobody)).code).toBe('200/0');
  });
});

describe('accounts', () => {
  test('are made with the role that was asked for, once for each e-mail address', async () => {
    const { id, email } = await person('annotator');
    expect((await api.ok('users.get_by_id', { user: id })).user).toMatchObject({
      name: 'Some Body',
      role: 'guest',
    });
    const again = await api.call('auth.create_user', { name: 'Other', company: company(), email });
    expect(again.code).toBe('400/801');
    const elsewhere = { name: 'Other', company: newId(), email: 'a@example.org' };
    expect((await api.call('auth.create_user', elsewhere)).code).toBe('400/10');
  });

  test('change their role, but one administrator who can log in stays', async () => {
    const { id } = await person();
    const changed = await api.ok('auth.edit_user', { user: id, role: 'admin' });
    expect(changed).toEqual({ updated: 1, fields: { role: 'admin' } });
    expect(await api.ok('auth.edit_user', { user: id, role: 'admin' })).toEqual({ updated: 0, fields: {} });
    expect((await api.call('auth.edit_user', { role: 'user' })).code).toBe('400/300');
    expect((await api.call('auth.edit_user', { user: newId(), role: 'user' })).code).toBe('400/301');
  });

  test.each([
    ['auth.create_user', { name: 'A B', company: 'c', email: 'e' }],
    ['auth.edit_user', { role: 'admin' }],
    ['auth.get_token_for_user', { user: 'u' }],
    ['auth.validate_token', { token: 't' }],
    ['users.create', { id: newId(), company: 'c', name: 'n' }],
    ['users.delete', { user: 'u' }],
  ])('%s is for administrators', async (endpoint, request) => {
    const { headers } = await person();
    expect((await api.call(endpoint, request, headers)).code).toBe('403/20');
  });
});

describe('key pairs', () => {
  test('are made, named, used, listed without their secret and revoked', async () => {
    const { headers } = await person();
    const { credentials: pair } = (await api.call('auth.create_credentials', { label: 'laptop' }, headers))
      .data;
    expect(pair).toEqual({ access_key: expect.any(String), secret_key: expect.any(String), label: 'laptop' });
    const { credentials: unnamed } = (await api.call('v2.13/auth.create_credentials', {}, headers)).data;
    expect(Object.keys(unnamed)).toEqual(['access_key', 'secret_key']);
    expect((await api.call('auth.login', {}, basic(pair))).code).toBe('200/0');

    const renamed = { access_key: pair.access_key, label: 'desk' };
    expect((await api.call('auth.edit_credentials', renamed, headers)).data).toEqual({ updated: 1 });
    const { credentials } = (await api.call('auth.get_credentials', {}, headers)).data;
    expect(credentials).toHaveLength(2);
    expect(credentials).toContainEqual({
      access_key: pair.access_key,
      label: 'desk',
      last_used: expect.stringMatching(/\+00:00$/),
      last_used_from: expect.any(String),
    });

    const { access_key } = pair;
    expect((await api.call('auth.revoke_credentials', { access_key })).code).toBe('400/75');
    expect((await api.call('auth.revoke_credentials', { access_key }, headers)).data).toEqual({ revoked: 1 });
    expect((await api.call('auth.revoke_credentials', { access_key }, headers)).code).toBe('400/75');
    expect((await api.call('auth.edit_credentials', { access_key }, headers)).code).toBe('400/75');
    expect((await api.call('auth.login', {}, basic(pair))).code).toBe('401/22');
  });
});

describe('speaking for others', () => {
  test('gives an administrator the rights of that person and no others', async () => {
    const { id } = await person();
    for (const name of ['x-clearml-impersonate-as', 'x-trains-impersonate-as', 'x-clearml-act-as']) {
      const { data } = await api.call('users.get_current_user', {}, { [name]: id });
      expect(data.user.id).toBe(id);
    }
    const asPerson = { 'x-clearml-impersonate-as': id };
    expect((await api.call('users.delete', { user: id }, asPerson)).code).toBe('403/20');
    const { token } = (await api.call('auth.login', {}, asPerson)).data;
    expect((await api.call('users.get_current_user', {}, bearer(token))).data.user.id).toBe(id);
  });

  test('is refused to others, for unknown users, and twice at once', async () => {
    const { id, headers } = await person();
    const { userId } = api.installation.admin;
    const as = (user: string) => ({ 'x-clearml-impersonate-as': user });
    const self = await api.call('users.get_current_user', {}, { ...headers, ...as(id) });
    expect(self.code).toBe('200/0');
    expect((await api.call('users.get_current_user', {}, { ...headers, ...as(userId) })).code).toBe('400/6');
    expect((await api.call('users.get_current_user', {}, as(newId()))).code).toBe('400/6');
    const both = { ...as(id), 'x-clearml-act-as': id };
    expect((await api.call('users.get_current_user', {}, both)).code).toBe('400/5');
  });
});
