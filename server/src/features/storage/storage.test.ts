import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { newId } from '../../platform/ids.ts';

let api: TestApi;

beforeAll(async () => {
  api = await createTestApi();
});

afterAll(() => api.close());

test('settings are set by provider, read and reset', async () => {
  expect(await api.ok('storage.get_settings')).toEqual({});
  expect(await api.ok('storage.reset_settings')).toEqual({ updated: 0 });
  const aws = { key: 'k', secret: 's', region: 'eu-south-1', buckets: [{ bucket: 'b', multipart: true }] };
  const azure = { containers: [{ account_name: 'a', account_key: 'k', container_name: 'c' }] };
  expect(await api.ok('storage.set_settings', { aws })).toEqual({ updated: 1 });
  expect(await api.ok('storage.set_settings', { azure })).toEqual({ updated: 1 });
  expect(await api.ok('storage.set_settings', {})).toEqual({ updated: 0 });
  expect(await api.ok('storage.get_settings')).toEqual({ aws, azure, last_update: expect.any(String) });
  expect(await api.ok('storage.reset_settings', { keys: ['aws'] })).toEqual({ updated: 1 });
  expect(await api.ok('storage.get_settings')).toEqual({ azure, last_update: expect.any(String) });
});

test('keys of object stores are for administrators', async () => {
  const id = newId();
  await api.ok('users.create', { id, name: 'Developer', company: api.installation.admin.company });
  const { token } = await api.ok('auth.get_token_for_user', { user: id });
  const headers = { authorization: `Bearer ${token}` };
  await api.ok('storage.set_settings', { google: { project: 'p', credentials_json: 'secret' } });
  expect((await api.call('storage.get_settings', {}, headers)).data).toEqual({});
  expect((await api.call('storage.set_settings', { aws: {} }, headers)).code).toBe('403/20');
  expect((await api.call('storage.reset_settings', {}, headers)).code).toBe('403/20');
});
