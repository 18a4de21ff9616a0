import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../../test/gateway.ts';
import { startIssuer, type TestIssuer } from '../../../test/issuer.ts';
import { startUpstream, type Upstream } from '../../../test/upstream.ts';
import { createConsumerKey, createTaskMapping, type KeyedMapping } from '../../features/mappings/index.ts';
import { createTask } from '../../features/tasks/index.ts';
import { sha256 } from '../../platform/ids.ts';

let issuer: TestIssuer;
let upstream: Upstream;
let gateway: TestGateway;
let replica: TestGateway;
let task: KeyedMapping;
let model: KeyedMapping;
let keys: { task: string; model: string };
/** Each form of each kind of call. */
let forms: { [kind in 'task' | 'model']: [path: string, body: object][] };

beforeAll(async () => {
  issuer = await startIssuer();
  upstream = await startUpstream((_request, response) => response.end('{"digit":5}'));
  gateway = await createTestGateway({ oidc: issuer.config });
  replica = await createTestGateway({ oidc: issuer.config, replicaOf: gateway });
  const taskId = await createTask(gateway.scope(), { name: 'statistics', type: 'inference' });
  const id = await createTaskMapping(gateway.scope(), { task_id: taskId, default_queue: 'default' });
  task = { table: 'task_mappings', id };
  const { machineId } = await gateway.addModel('digits', [upstream.port]);
  model = { table: 'endpoint_mappings', id: await mappingOf(machineId) };
  keys = { task: await keyOf(task), model: await keyOf(model) };
  forms = {
    task: [
      ['/clearml/serve/enqueue_task', { task_id: sha256(taskId) }],
      ['/gateway/v1/tasks/statistics/calls', {}],
    ],
    model: [
      ['/clearml/serve/ondemand', { machine_id: machineId, endpoint: 'digits', params: {} }],
      ['/gateway/v1/models/digits/calls', {}],
    ],
  };
});

afterAll(async () => {
  await replica.close();
  await gateway.close();
  await upstream.close();
  await issuer.close();
});

const open = { access: 'anyone', allowed_roles: [] as string[], allowed_groups: [] as string[] };
const closed = { ...open, allowed_users: [] as string[], calls_per_minute: null as number | null };
beforeEach(() => allow({}));

async function mappingOf(publicId: string): Promise<string> {
  const { db } = gateway.database;
  const row = await db
    .selectFrom('endpoint_mappings')
    .select('id')
    .where('public_id', '=', publicId)
    .executeTakeFirst();
  return row?.id ?? '';
}

async function keyOf(mapping: KeyedMapping): Promise<string> {
  return (await createConsumerKey(gateway.scope(), mapping, { name: 'Dashboard' }))?.key ?? '';
}

/** Gives both mappings these rights and limits. */
async function allow(rights: Partial<typeof closed>): Promise<void> {
  const { db } = gateway.database;
  const columns = { ...closed, calls_per_day: null, ...rights };
  await db.updateTable('task_mappings').set(columns).where('id', '=', task.id).execute();
  await db.updateTable('endpoint_mappings').set(columns).where('id', '=', model.id).execute();
}

type Outcome = [status: number, code: string | undefined];

async function outcome(token: string, [path, body]: [string, object], of = gateway): Promise<Outcome> {
  const answer = await of.post(path, body, { authorization: `Bearer ${token}` });
  const { error } = (await answer.json()) as { error?: { code: string } };
  return [answer.status, error?.code];
}

/** What the calls of both kinds in both forms come to, which must be the same for a person. */
async function verdict(token: string): Promise<string> {
  const outcomes = await Promise.all([...forms.task, ...forms.model].map((form) => outcome(token, form)));
  const words = outcomes.map(([status, code]) => code ?? (status < 300 ? 'ok' : `HTTP ${status}`));
  return [...new Set(words)].join();
}

test('a mapping for anyone takes every kind of token, in both forms', async () => {
  const { access } = await issuer.issue('bea');
  const session = await gateway.auth.openSession(gateway.admin);
  for (const token of [gateway.token, session.token, await issuer.sign(), access]) {
    expect(await verdict(token)).toBe('ok');
  }
  expect(await verdict(await issuer.sign({ exp: 1 }))).toBe('unauthorized');
});

test('rights are given to roles of ours with the stronger ones, roles and groups of the provider, and people', async () => {
  const [developer, user] = [await gateway.addUser('developer'), await gateway.addUser('user')];
  const member = await issuer.sign({ realm_access: { roles: ['lab-member'] } });
  const vision = await issuer.sign({ groups: ['/lab/vision'] });
  const elsewhere = await issuer.sign({
    groups: ['/other/vision', '/lab'],
    realm_access: { roles: ['developer', 'admin'] },
  });
  const everybody = {
    developer: developer.token,
    user: user.token,
    admin: gateway.token,
    member,
    vision,
    elsewhere,
  };
  const expectAllowed = async (rights: Partial<typeof closed>, names: string[]) => {
    await allow({ access: 'listed', ...rights });
    // Not at once: routes are kept for a moment.
    await expect
      .poll(async () => {
        const verdicts = await Promise.all(Object.values(everybody).map(verdict));
        return Object.keys(everybody).filter((_, index) => verdicts[index] === 'ok');
      })
      .toEqual(names);
  };
  await expectAllowed({}, []);
  await expectAllowed({ allowed_roles: ['developer'] }, ['developer', 'admin']);
  await expectAllowed({ allowed_roles: ['lab-member'] }, ['member']);
  await expectAllowed({ allowed_groups: ['lab/vision'] }, ['vision']);
  await expectAllowed({ allowed_users: [user.caller.userId] }, ['user']);
});

test('a consumer key is good for its mapping alone, whatever people may, and learns of no other', async () => {
  for (const access of ['anyone', 'listed', 'keys']) {
    await allow({ access });
    for (const form of forms.task) {
      expect((await outcome(keys.task, form))[1]).toBeUndefined();
      expect(await outcome(keys.model, form)).toEqual([403, 'forbidden']);
    }
    for (const form of forms.model) {
      expect((await outcome(keys.model, form))[1]).toBeUndefined();
      expect(await outcome(keys.task, form)).toEqual([403, 'forbidden']);
    }
  }
  for (const path of ['/gateway/v1/tasks/none/calls', '/gateway/v1/models/none/calls']) {
    expect(await outcome(keys.task, [path, {}])).toEqual([403, 'forbidden']);
    expect((await outcome(gateway.token, [path, {}]))[0]).toBe(404);
  }
  await expect.poll(() => verdict(gateway.token)).toBe('forbidden');
});

test('the lists hold what this caller may call', async () => {
  const aliases = async (token: string) => {
    const [tasks, models] = await Promise.all(
      ['tasks', 'models'].map(async (kind) => {
        const body = (await (await gateway.get(`/gateway/v1/${kind}`, token)).json()) as Record<
          string,
          { alias: string }[]
        >;
        return body[kind]?.map(({ alias }) => alias);
      }),
    );
    return [tasks, models];
  };
  expect(await aliases(gateway.token)).toEqual([['statistics'], ['digits']]);
  expect(await aliases(keys.task)).toEqual([['statistics'], []]);
  expect(await aliases(keys.model)).toEqual([[], ['digits']]);
  await allow({ access: 'keys' });
  expect(await aliases(gateway.token)).toEqual([[], []]);
  expect(await aliases(keys.model)).toEqual([[], ['digits']]);
});

test('the row of a key names the key and not who made it, and its call is its own', async () => {
  const [, modern = ['', {}]] = forms.task as [string, object][];
  const answer = await gateway.post(modern[0], {}, { authorization: `Bearer ${keys.task}` });
  const { call_id: id } = (await answer.json()) as { call_id: string };
  const row = await gateway.lastCall();
  expect(row).toMatchObject({ id, user_id: null, caller: 'Dashboard', mapping_id: task.id });
  expect(row.key_id).not.toBeNull();
  const [own, other] = [
    await gateway.get(`/gateway/v1/calls/${id}`, keys.task),
    await gateway.get(`/gateway/v1/calls/${id}`, keys.model),
  ];
  expect([own.status, other.status]).toEqual([200, 404]);
  const { call_id: admins } = (await (await gateway.post(modern[0], {})).json()) as { call_id: string };
  expect((await gateway.get(`/gateway/v1/calls/${admins}`, keys.task)).status).toBe(404);
});

test('a limit is counted over replicas and forms; the answer says what is left, and the log what was refused', async () => {
  await allow({ calls_per_minute: 3 });
  const headersOf = (answer: Response) =>
    ['limit', 'remaining', 'policy'].map((name) => answer.headers.get(`ratelimit-${name}`));
  const call = ([path, body]: [string, object], of: TestGateway) =>
    of.post(path, body, { authorization: `Bearer ${gateway.token}` });
  for (const kind of ['task', 'model'] as const) {
    const [legacy, modern] = forms[kind] as [[string, object], [string, object]];
    await expect.poll(async () => headersOf(await call(legacy, gateway))[0]).toBe('3');
    const calls = [await call(modern, replica), await call(legacy, gateway), await call(modern, replica)];
    const last = calls.findLast(({ status }) => status === 429) as Response;
    expect(headersOf(last)).toEqual(['3', '0', '3;w=60']);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(last.headers.get('ratelimit-reset')).toBe(last.headers.get('retry-after'));
    expect(((await last.json()) as { error: object }).error).toMatchObject({ code: 'rate_limited' });
    expect(await gateway.lastCall()).toMatchObject({
      http_status: 429,
      error_code: 'rate_limited',
      outcome: 'failed',
    });
  }
  expect(await outcome(keys.task, ['/gateway/v1/tasks/statistics/calls', {}])).toEqual([202, undefined]);
});

test('a key outlives who made it', async () => {
  const maker = await gateway.addUser('admin');
  const made = await createConsumerKey(gateway.scope(maker.caller), task, { name: 'Orphan' });
  await gateway.database.db.deleteFrom('users').where('id', '=', maker.caller.userId).execute();
  for (const form of forms.task) expect((await outcome(made?.key ?? '', form))[1]).toBeUndefined();
});

test('while the issuer is down, a token that only it can read is not called wrong, however often it comes', async () => {
  const { access } = await issuer.issue('bea');
  issuer.become('down');
  const path = '/gateway/v1/tasks/statistics/calls';
  const first = await gateway.post(path, {}, { authorization: `Bearer ${access}` });
  expect([first.status, first.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await gateway.lastCall()).toMatchObject({
    ...{ http_status: 503, error_code: 'issuer_unavailable', user_id: null, request: null },
    error_detail: expect.stringMatching(/cannot be asked about a token/),
  });
  const before = await gateway.callCount();
  for (let number = 0; number < 40; number++) {
    expect(await outcome(access, [path, {}])).toEqual([503, 'issuer_unavailable']);
  }
  // Not each of them: somebody unknown must not fill the log.
  expect((await gateway.callCount()) - before).toBe(30);
  issuer.become('up');
  expect(await outcome(access, [path, {}])).toEqual([202, undefined]);
});

test('guessing tokens is limited on every path, and a 401 says how to prove oneself', async () => {
  const guess = (number: number) => gateway.get('/gateway/v1/tasks', `opaque-${number}`);
  const first = await guess(0);
  expect([first.status, first.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  const asked = issuer.askedFor('/token/introspection');
  let status = 401;
  for (let number = 1; status === 401 && number <= 40; number++) ({ status } = await guess(number));
  expect(status).toBe(429);
  await Promise.all(Array.from({ length: 20 }, (_, number) => guess(100 + number)));
  expect(issuer.askedFor('/token/introspection') - asked).toBeLessThanOrEqual(31);
  expect(await verdict(gateway.token)).toBe('ok');
});
