import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { startIssuer, type TestIssuer } from '../../test/issuer.ts';
import { ensureProject } from '../features/projects/index.ts';
import { newId } from '../platform/ids.ts';

let issuer: TestIssuer;
let plain: TestConsole;
let withOidc: TestConsole;
let fixed: TestConsole;

beforeAll(async () => {
  issuer = await startIssuer();
  plain = await createTestConsole({ ownAgentAddress: '127.0.0.1' });
  withOidc = await createTestConsole({ oidc: { ...issuer.config, roles: undefined } });
  fixed = await createTestConsole({ oidc: issuer.config, allowedNetworks: ['10.0.0.0/8'] });
});

afterAll(async () => {
  for (const console of [plain, withOidc, fixed]) await console.close();
  await issuer.close();
});

test.each([
  ['GET', 'access'],
  ['PUT', 'access/networks'],
  ['POST', 'access/networks/check'],
  ['PUT', 'access/roles'],
  ['POST', 'access/roles/check'],
  ['POST', 'access/oidc/check'],
])('%s %s is for administrators', async (method, path) => {
  const body = method === 'GET' ? undefined : {};
  for (const role of ['developer', 'user'] as const) {
    const { headers } = await plain.personOf(role);
    expect((await plain.call(method, path, body, headers)).status).toBe(403);
  }
  expect((await plain.call(method, path, body, {})).status).toBe(401);
});

describe('networks', () => {
  afterEach(() => plain.call('PUT', 'access/networks', { networks: [] }));
  const put = (networks: unknown) => plain.call('PUT', 'access/networks', { networks });

  test('are written for all, once each', async () => {
    expect((await plain.call('GET', 'access')).body).toEqual({
      networks: { networks: [], your_address: '127.0.0.1' },
    });
    const networks = ['127.0.0.0/8', '10.0.0.0/8'];
    expect((await put([...networks, ' 10.0.0.0/8 '])).body).toMatchObject({ networks });
    expect((await plain.call('GET', 'access')).body.networks).toMatchObject({ networks });
    const { items } = (await plain.call('GET', 'audit?subject=setting')).body;
    expect(items[0]).toMatchObject({
      ...{ action: 'update', subject_id: 'allowed_networks' },
      ...{ before: { networks: [] }, after: { networks } },
    });
  });

  test.each([
    [['10.0.0.0/8'], 409, /127\.0\.0\.1, where you are/],
    [['10.0.0.0'], 400, /"10.0.0.0" is no network/],
    [['10.0.0.0/33'], 400, /no network/],
    ['10.0.0.0/8', 400, /networks/],
  ])('%j: %i', async (networks, status, words) => {
    const answer = await put(networks);
    expect([answer.status, answer.body.error.field]).toEqual([status, 'networks']);
    expect(answer.body.error.message).toMatch(words);
    expect((await plain.call('GET', 'access')).body.networks.networks).toEqual([]);
  });

  test('a check tells whom they would shut out', async () => {
    const { accessKey } = await plain.auth.createKeyPair(plain.admin.userId, 'worker 7');
    const { db } = plain.database;
    const used = { last_used: new Date(), last_used_from: '::ffff:192.168.7.7' };
    await db.updateTable('credentials').set(used).where('access_key', '=', accessKey).execute();
    const check = async (networks: string[]) =>
      (await plain.call('POST', 'access/networks/check', { networks })).body;
    expect(await check(['10.0.0.0/8'])).toEqual({
      includes_you: false,
      left_out: [
        {
          ...{ access_key: accessKey, label: 'worker 7', user: 'Administrator' },
          ...{ address: '::ffff:192.168.7.7', last_used_at: used.last_used.toISOString() },
        },
      ],
    });
    expect(await check(['127.0.0.0/8', '192.168.0.0/16'])).toEqual({ includes_you: true, left_out: [] });
    expect(await check([])).toEqual({ includes_you: true, left_out: [] });
  });

  test('of the environment win, and are not edited', async () => {
    expect((await fixed.call('GET', 'access')).body.networks).toEqual({
      ...{ networks: ['10.0.0.0/8'], fixed_by: 'ARNO_ALLOWED_NETWORKS', your_address: '127.0.0.1' },
    });
    const answer = await fixed.call('PUT', 'access/networks', { networks: [] });
    expect(answer.status).toBe(409);
    expect(answer.body.error.message).toContain('ARNO_ALLOWED_NETWORKS');
  });
});

describe('the role map', () => {
  const put = (roles: unknown, headers?: Record<string, string>) =>
    withOidc.call('PUT', 'access/roles', { roles }, headers);

  async function personOfProvider(role: string, roles: string[]) {
    const { id, headers } = await withOidc.personOf(role as 'user');
    const facts = { oidc_issuer: `${issuer.issuer}/`, oidc_subject: id, oidc_roles: roles };
    await withOidc.database.db.updateTable('users').set(facts).where('id', '=', id).execute();
    return { id, headers };
  }

  test('begins with the roles of the laboratory, and is none without a single sign-on', async () => {
    expect((await withOidc.call('GET', 'access')).body.oidc).toEqual({
      ...{ issuer: issuer.issuer, client_id: 'arno', has_secret: true, audiences: [] },
      clock_skew_seconds: 30,
      role_map: { roles: { RootAdmin: 'admin', ToolAdmin: 'admin', AreaManager: 'developer' } },
    });
    expect((await plain.call('PUT', 'access/roles', { roles: {} })).status).toBe(404);
    expect((await plain.call('POST', 'access/oidc/check')).status).toBe(404);
  });

  test('is tried with a list of roles before it is saved', async () => {
    const { id } = await personOfProvider('user', ['Manager']);
    const roles = { Manager: 'developer', Boss: 'admin' };
    const check = async (names: string[]) =>
      (await withOidc.call('POST', 'access/roles/check', { roles, names })).body;
    expect(await check(['Manager', 'offline_access'])).toEqual({
      ...{ role: 'developer', matched: [{ name: 'Manager', role: 'developer' }] },
      changes: [{ id, username: id, name: 'user', from: 'user', to: 'developer' }],
    });
    expect((await check(['Boss', 'Manager'])).role).toBe('admin');
    expect((await check([])).role).toBe('user');
  });

  test('gives people of the single sign-on their new roles at once, and ends their sessions', async () => {
    const ada = await personOfProvider('developer', ['AreaManager']);
    const local = await withOidc.personOf('developer');
    const { token } = await withOidc.auth.openSession({
      ...withOidc.admin,
      ...{ userId: ada.id, role: 'developer' },
    });
    const roles = { RootAdmin: 'admin', AreaManager: 'user' };
    expect((await put(roles)).body).toEqual({ roles });
    const me = async (headers: Record<string, string>) =>
      (await withOidc.call('GET', 'me', undefined, headers)).body;
    expect((await me(ada.headers)).user.role).toBe('user');
    expect((await me(local.headers)).user.role).toBe('developer');
    expect((await me({ authorization: `Bearer ${token}` })).error.code).toBe('unauthorized');
    expect((await withOidc.call('GET', `audit?subject_id=${ada.id}`)).body.items).toMatchObject([
      { action: 'update', before: { role: 'developer' }, after: { role: 'user' } },
    ]);
    expect((await withOidc.call('GET', 'audit?subject_id=oidc_roles')).body.items).toMatchObject([
      { before: { roles: { ToolAdmin: 'admin' } }, after: { roles } },
    ]);
  });

  test('takes nobody who edits it their role, nor the last administrator theirs', async () => {
    const boss = await personOfProvider('admin', ['RootAdmin']);
    const answer = await put({ AreaManager: 'developer' }, boss.headers);
    expect([answer.status, answer.body.error.field]).toEqual([409, 'roles']);
    // Now the only administrator who can log in.
    const { db } = withOidc.database;
    const self = () => db.updateTable('users').where('id', '=', withOidc.admin.userId);
    await self().set({ password_hash: null }).execute();
    expect((await put({ AreaManager: 'developer' })).body.error.message).toMatch(/last administrator/);
    await self().set({ password_hash: 'scrypt$' }).execute();
    expect((await withOidc.call('GET', `users/${boss.id}`)).body.role).toBe('admin');
  });

  test('of people of the single sign-on is the only thing that says their role', async () => {
    const bea = await personOfProvider('user', ['Manager']);
    const changed = await withOidc.call('PATCH', `users/${bea.id}`, { role: 'admin' });
    expect([changed.status, changed.body.error.field]).toEqual([409, 'role']);
    expect((await withOidc.call('POST', `users/${bea.id}/password`, {})).status).toBe(409);
    expect((await withOidc.call('PATCH', `users/${bea.id}`, { disabled: true })).status).toBe(200);
  });

  test.each([[{ 'a=b': 'admin' }], [{ Boss: 'root' }], [{ '': 'admin' }], [[]]])(
    'refuses %j',
    async (roles) => {
      expect((await put(roles)).status).toBe(400);
    },
  );

  test('of the environment wins, and is not edited', async () => {
    expect((await fixed.call('GET', 'access')).body.oidc.role_map).toEqual({
      roles: { ToolAdmin: 'admin', AreaManager: 'developer' },
      fixed_by: 'ARNO_OIDC_ROLES',
    });
    expect((await fixed.call('PUT', 'access/roles', { roles: {} })).status).toBe(409);
  });

  test('comes with a question to the provider, which tells why it cannot be asked', async () => {
    expect((await withOidc.call('POST', 'access/oidc/check')).body).toEqual({ ok: true });
    issuer.become('down');
    const { body } = await fixed.call('POST', 'access/oidc/check');
    issuer.become('up');
    expect(body).toEqual({ ok: false, reason: expect.stringContaining(issuer.issuer) });
  });
});

describe('project sharing', () => {
  test('lists projects with owner and shares: all for administrators, for developers their own', async () => {
    const [ada, bea] = [await plain.personOf('developer'), await plain.personOf('developer')];
    const caller = { ...plain.admin, userId: ada.id, role: 'developer' as const };
    const id = await ensureProject({ ...plain.scope(), caller }, `Research ${newId()}`);
    const list = async (query: string, headers?: Record<string, string>) =>
      (await plain.call('GET', `project-shares?${query}`, undefined, headers)).body;
    const project = {
      id,
      name: expect.stringMatching(/^Research/),
      owner: { id: ada.id, name: 'developer' },
    };
    expect(await list('q=research')).toEqual({
      items: [{ ...project, people: 0, everybody: false }],
      total: 1,
    });
    expect((await list('q=research&shared=true')).total).toBe(0);
    const shares = [{ can_write: false }, { user_id: bea.id, can_write: true }];
    await plain.call('PUT', `projects/${id}/shares`, { shares }, ada.headers);
    expect((await list('shared=true', ada.headers)).items).toEqual([
      { ...project, people: 1, everybody: true },
    ]);
    expect(await list('', bea.headers)).toEqual({ items: [], total: 0 });
    const user = await plain.personOf('user');
    expect((await plain.call('GET', 'project-shares', undefined, user.headers)).status).toBe(403);
    expect(
      (await plain.call('GET', `audit?subject=project_shares&subject_id=${id}`)).body.items,
    ).toMatchObject([{ user: { id: ada.id }, before: { shares: {} }, after: { shares: { '*': 'read' } } }]);
  });
});
