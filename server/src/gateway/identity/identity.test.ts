import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { startIssuer, type TestIssuer } from '../../../test/issuer.ts';
import type { Scope } from '../../clearml/endpoint.ts';
import { deleteAccount } from '../../features/auth/index.ts';
import { AccessTokens, OidcProvider, readmit } from '../../features/login/index.ts';
import {
  createConsumerKey,
  createTaskMapping,
  type KeyedMapping,
  revokeConsumerKey,
  rotateConsumerKey,
} from '../../features/mappings/index.ts';
import { createTask } from '../../features/tasks/index.ts';
import { ensureInstallation, type Installation } from '../../installation.ts';
import { newId } from '../../platform/ids.ts';
import { createLog } from '../../platform/log.ts';
import { Identity } from './identity.ts';
import { Strangers } from './strangers.ts';

const peer = '192.0.2.1';
let issuer: TestIssuer;
let database: TestDatabase;
let installation: Installation;
let mapping: KeyedMapping;

beforeAll(async () => {
  issuer = await startIssuer({ bea: { realm_access: { roles: ['AreaManager'] } } });
  database = await createTestDatabase();
  installation = await ensureInstallation(database.db);
  const taskId = await createTask(scope(), { name: 'template', type: 'inference' });
  const id = await createTaskMapping(scope(), { task_id: taskId, default_queue: 'default' });
  mapping = { table: 'task_mappings', id };
});

afterAll(async () => {
  await database.close();
  await issuer.close();
});

function scope(now = new Date()): Scope {
  return { db: database.db, caller: installation.admin, now };
}

/** One replica's view; a fresh one remembers nothing. */
function replica(believedMs?: number, strangers = new Strangers()) {
  const accessTokens = new AccessTokens(
    new OidcProvider(issuer.config, createLog('silent'), { cooldownMs: 0 }),
  );
  const { auth } = installation;
  const remembering = believedMs === undefined ? {} : { believedMs };
  return new Identity({ db: database.db, auth, accessTokens, strangers, ...remembering });
}

const identify = (token: string) => replica().identify([token], peer);
const refusal = (token: string) =>
  identify(token).catch((error) => ({ code: error.code, message: error.message }));

/** How many connections to the database the work took. */
async function queries(work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const counting = () => {
    count += 1;
  };
  database.pool.on('acquire', counting);
  await work();
  database.pool.off('acquire', counting);
  return count;
}

async function addPerson(role: string, oidc: object = {}): Promise<string> {
  const id = newId();
  const { company } = installation.admin;
  await database.db
    .insertInto('users')
    .values({ id, company, username: id, name: id, role, ...oidc })
    .execute();
  return id;
}

test('a personal token leads to its owner, with our roles and what the provider said of them at the last login', async () => {
  const said = { oidc_roles: ['lab-member', 'admin'], oidc_groups: ['lab/vision'] };
  const id = await addPerson('developer', said);
  const { token } = await installation.auth.createAccessToken(id, 'tests');
  expect(await identify(token)).toMatchObject({
    userId: id,
    role: 'developer',
    roles: ['developer', 'user', 'lab-member'],
    groups: ['lab/vision'],
  });
});

test('a known caller costs no query, however it proved itself; what is revoked ends when it is looked at again', async () => {
  const { auth, admin } = installation;
  const personal = await auth.createAccessToken(admin.userId, 'tests');
  const session = await auth.openSession(admin);
  const key = await createConsumerKey(scope(), mapping, { name: 'consumer' });
  const tokens = [
    personal.token,
    session.token,
    key?.key ?? '',
    await issuer.sign(),
    (await issuer.issue('bea')).access,
  ];
  const remembering = replica(600_000);
  for (const token of tokens) await remembering.identify([token], peer);
  const again = () => Promise.all(tokens.map((token) => remembering.identify([token], peer)));
  expect(await queries(again)).toBe(0);

  const forgetful = replica(1);
  await forgetful.identify([personal.token], peer);
  await auth.revokeAccessToken(admin.userId, personal.id);
  await expect
    .poll(() => forgetful.identify([personal.token], peer).catch(({ code }) => code))
    .toBe('unauthorized');
});

test('the first call of a person makes their account, and takes over none', async () => {
  const token = await issuer.sign({
    sub: 'f:1:admin',
    preferred_username: 'admin',
    realm_access: { roles: ['ToolAdmin'] },
  });
  const caller = await identify(token);
  expect(caller.userId).not.toBe(installation.admin.userId);
  expect(caller).toMatchObject({ role: 'admin', roles: ['admin', 'developer', 'user', 'ToolAdmin'] });
  const row = await database.db
    .selectFrom('users')
    .selectAll()
    .where('id', '=', caller.userId)
    .executeTakeFirst();
  expect(row).toMatchObject({ username: `admin (f:1:admin, ${issuer.issuer})`, password_hash: null });
  // A token that was made to say less is worth less, and takes nothing from its person.
  const less = await identify(await issuer.sign({ sub: 'f:1:admin', jti: 'less' }));
  expect(less).toMatchObject({ userId: caller.userId, role: 'user', roles: ['user'] });
  const after = await database.db
    .selectFrom('users')
    .select('role')
    .where('id', '=', caller.userId)
    .executeTakeFirst();
  expect(after?.role).toBe('admin');
});

test('many first calls at once make one account', async () => {
  const tokens = await Promise.all([1, 2, 3, 4, 5].map((jti) => issuer.sign({ sub: 'dora', jti: `${jti}` })));
  const callers = await Promise.all(tokens.map(identify));
  expect(new Set(callers.map(({ userId }) => userId)).size).toBe(1);
  const namesakes = await Promise.all(
    ['x', 'y', 'z'].map((sub) => issuer.sign({ sub, preferred_username: 'same' }).then(identify)),
  );
  expect(new Set(namesakes.map(({ userId }) => userId)).size).toBe(3);
});

test('who was removed is refused, also with a new token, until an administrator lets them in', async () => {
  const { userId } = await identify(await issuer.sign({ sub: 'eve' }));
  await deleteAccount(scope(), userId);
  expect(await refusal(await issuer.sign({ sub: 'eve', jti: '2' }))).toMatchObject({ code: 'forbidden' });
  expect(await readmit(scope(), userId)).toBe(true);
  expect((await identify(await issuer.sign({ sub: 'eve', jti: '3' }))).userId).not.toBe(userId);
});

test('a consumer key calls as itself, until it expires or is revoked', async () => {
  const made = await createConsumerKey(scope(), mapping, { name: 'Dashboard', expires_in_days: 1 });
  const { id = '', key = '' } = made ?? {};
  expect(key).toMatch(/^arnokey_[\w-]{43}$/);
  expect(await identify(key)).toMatchObject({
    userId: installation.admin.userId,
    role: 'user',
    roles: [],
    key: { id, name: 'Dashboard', mappingId: mapping.id },
  });
  const row = () =>
    database.db.selectFrom('consumer_keys').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  expect((await row()).last_used).toBeInstanceOf(Date);
  expect(JSON.stringify(await row())).not.toContain(key);

  await database.db.updateTable('consumer_keys').set({ expires: new Date() }).where('id', '=', id).execute();
  expect(await refusal(key)).toMatchObject({ code: 'unauthorized' });
  await expect(rotateConsumerKey(scope(), mapping, id, {})).rejects.toThrow(/expires_in_days/);
  const renewed = await rotateConsumerKey(scope(), mapping, id, { expires_in_days: 1 });
  expect(await identify(renewed?.key ?? '')).toMatchObject({ key: { id } });
  expect(await refusal(key)).toMatchObject({ code: 'unauthorized' });
  expect(await revokeConsumerKey(scope(), mapping, id)).toBe(true);
  expect(await refusal(renewed?.key ?? '')).toMatchObject({ code: 'unauthorized' });
});

test('the secret before a rotation stays good for the grace period, and the one before that does not', async () => {
  const first = await createConsumerKey(scope(), mapping, { name: 'rotating' });
  const id = first?.id ?? '';
  const second = await rotateConsumerKey(scope(), mapping, id, {});
  const good = async (secret = '') =>
    (await refusal(secret)) &&
    (await identify(secret).then(
      () => true,
      () => false,
    ));
  expect([await good(first?.key), await good(second?.key)]).toEqual([true, true]);
  const third = await rotateConsumerKey(scope(), mapping, id, { grace_hours: 1 });
  expect([await good(first?.key), await good(second?.key), await good(third?.key)]).toEqual([
    false,
    true,
    true,
  ]);
  await database.db
    .updateTable('consumer_keys')
    .set({ previous_expires: new Date() })
    .where('id', '=', id)
    .execute();
  expect([await good(second?.key), await good(third?.key)]).toEqual([false, true]);
  const fourth = await rotateConsumerKey(scope(), mapping, id, { grace_hours: 0 });
  expect([await good(third?.key), await good(fourth?.key)]).toEqual([false, true]);
});

test('a token is refused in words, and what is none is not asked about', async () => {
  const asked = issuer.askedFor('/token/introspection');
  expect(await refusal('')).toMatchObject({
    code: 'unauthorized',
    message: expect.stringMatching(/no token.*access token of/),
  });
  for (const token of [
    'x\r\nHost: elsewhere',
    'x'.repeat(20_000),
    'ünicode',
    'arno_wrong',
    'arnokey_wrong',
  ]) {
    expect(await refusal(token)).toMatchObject({
      code: 'unauthorized',
      message: expect.stringMatching(/wrong, revoked/),
    });
  }
  expect(issuer.askedFor('/token/introspection')).toBe(asked);
  expect(await refusal(await issuer.sign({ exp: 1 }))).toMatchObject({
    message: 'the access token has expired',
  });
});

test('a peer that fails too often gets nothing asked, whichever of its IPv6 addresses it takes; an outage is not its fault', async () => {
  const strangers = new Strangers();
  const address = (number: number) => `2001:db8::${number.toString(16)}`;
  for (let number = 0; number <= 30; number++) await strangers.judge(address(number));
  const blocked = replica(undefined, strangers);
  const { access } = await issuer.issue('bea');
  await expect(blocked.identify([access], address(99))).rejects.toMatchObject({ code: 'too_many_requests' });
  expect(await blocked.identify([await issuer.sign({ jti: 'valid' })], address(99))).toMatchObject({
    role: 'user',
  });

  issuer.become('down');
  const outage = await replica(undefined, strangers)
    .identify([access], peer)
    .catch((error) => error);
  expect(outage).toMatchObject({ code: 'issuer_unavailable', status: 503, retryAfter: 5 });
  issuer.become('up');
});

test('who is known is told by the token, whatever else came on the connection', async () => {
  const tokenOf = async (role: string) =>
    (await installation.auth.createAccessToken(await addPerson(role), 'tests')).token;
  const [first, second] = [await tokenOf('developer'), await tokenOf('user')];
  const identity = replica(600_000);
  const [shared, other] = [{}, {}];
  expect(identity.known([first], shared)).toBeUndefined();
  const ann = await identity.identify([first], peer);
  const bob = await identity.identify([second], peer);
  expect(ann.userId).not.toBe(bob.userId);
  for (const connection of [shared, other]) {
    expect(identity.known([first], connection)).toBe(ann);
    expect(identity.known([second], connection)).toBe(bob);
    expect(identity.known([`${first}x`], connection)).toBeUndefined();
    expect(identity.known([], connection)).toBeUndefined();
    expect(identity.known([first], connection)).toBe(ann);
  }
});
