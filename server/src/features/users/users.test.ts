import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { newId } from '../../platform/ids.ts';

let api: TestApi;

beforeAll(async () => {
  api = await createTestApi();
});

afterAll(() => api.close());

async function person(name: string) {
  const id = newId();
  await api.ok('users.create', { id, name, company: api.installation.admin.company, given_name: 'Ada' });
  const { token } = await api.ok('auth.get_token_for_user', { user: id });
  return { id, headers: { authorization: `Bearer ${token}` } };
}

test('the caller is answered as far as the version knows', async () => {
  const { id, headers } = await person('Ada L');
  const at = async (version: string) =>
    (await api.call(`v${version}/users.get_current_user`, {}, headers)).data;
  const { company, companyName } = api.installation.admin;
  const user = {
    id,
    name: 'Ada L',
    given_name: 'Ada',
    role: 'user',
    company: { id: company, name: companyName },
  };
  expect(await at('2.1')).toEqual({ user: { ...user, preferences: {} } });
  const created = expect.stringMatching(/\+00:00$/);
  expect(await at('2.20')).toEqual({ user: { ...user, preferences: {}, created }, getting_started: {} });
  expect(await at('2.26')).toMatchObject({ settings: { max_download_items: expect.any(String) } });
  expect(await at('2.31')).toMatchObject({ user: { created_in_version: expect.any(String) } });
});

test('users are found by id, name and where they are active', async () => {
  const [one, two] = [await person('Grace H'), await person('Alan T')];
  const { user } = await api.ok('users.get_by_id', { user: one.id });
  expect(user).toMatchObject({ id: one.id, name: 'Grace H', role: 'user' });
  expect(JSON.stringify(user)).not.toMatch(/password|preferences/);
  expect((await api.call('users.get_by_id', { user: newId() })).code).toBe('400/301');
  expect((await api.ok('users.get_all', { name: '^Grace' })).users).toMatchObject([{ id: one.id }]);
  const request = { id: [one.id, two.id], order_by: ['name'], only_fields: ['name'] };
  expect((await api.ok('users.get_all_ex', request)).users.map(({ name }: { name: string }) => name)).toEqual(
    ['Alan T', 'Grace H'],
  );
  const project = (await api.call('projects.create', { name: newId() }, one.headers)).data.id;
  await api.call('tasks.create', { name: 'work', type: 'training', project }, one.headers);
  const active = { active_in_projects: [project] };
  expect((await api.ok('users.get_all_ex', active)).users).toMatchObject([{ id: one.id }]);
  expect((await api.ok('users.get_all_ex', { active_in_projects: [] })).users).toMatchObject([
    { id: one.id },
  ]);
  expect((await api.call('users.get_all_ex', active, two.headers)).data.users).toEqual([]);
});

test('a person changes their own profile, administrators any', async () => {
  const { id, headers } = await person('Old Name');
  const { userId } = api.installation.admin;
  const answer = await api.call('users.update', { user: id, name: ' New Name ', avatar: 'a.png' }, headers);
  expect(answer.data).toEqual({ updated: 1, fields: { name: 'New Name', avatar: 'a.png' } });
  expect((await api.call('users.update', { user: userId, name: 'X' }, headers)).code).toBe('403/20');
  expect((await api.ok('users.update', { user: id, family_name: 'Byron' })).updated).toBe(1);
  expect((await api.ok('users.update', { user: id })).updated).toBe(0);
  expect((await api.call('users.update', { user: id, name: ' ' })).code).toBe('400/12');
  expect((await api.call('users.update', { user: newId(), name: 'X' })).code).toBe('400/301');
});

test('preferences merge by key, null removes, and each person has their own', async () => {
  const { headers } = await person('Someone');
  const set = (preferences: object) => api.call('users.set_preferences', { preferences }, headers);
  await set({ views: { table: { sort: 'name', size: 20 } }, theme: 'dark', list: [1, 2] });
  await set({ views: { table: { size: 50 } }, theme: null, list: [3] });
  const preferences = { views: { table: { sort: 'name', size: 50 } }, list: [3] };
  expect((await api.call('users.get_preferences', {}, headers)).data).toEqual({ preferences });
  const { data } = await api.call('users.get_current_user', {}, headers);
  expect(data.user.preferences).toEqual(preferences);
  expect(await api.ok('users.get_preferences')).toEqual({ preferences: {} });
  expect((await set({ large: 'x'.repeat(300_000) })).code).toBe('400/305');
});

test('an id is taken once, and nobody deletes themselves', async () => {
  const { id } = await person('Once');
  const { company, userId } = api.installation.admin;
  expect((await api.call('users.create', { id, company, name: 'Twice' })).code).toBe('400/302');
  expect((await api.call('users.create', { id: newId(), company: newId(), name: 'Other' })).code).toBe(
    '400/10',
  );
  expect((await api.call('users.delete', { user: userId })).code).toBe('400/300');
  await api.ok('users.delete', { user: id });
  expect((await api.call('users.delete', { user: id })).code).toBe('400/301');
});
