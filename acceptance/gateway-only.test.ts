import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Arno, createHome, type Home, launch, removeHome } from './lib/arno.ts';
import { clearml, type Data } from './lib/clearml.ts';
import { logIn, type Session } from './lib/console.ts';
import { bearer, callDocument, finishedCall, post } from './lib/gateway.ts';
import { test as base, expect } from './lib/test.ts';
import { until } from './lib/wait.ts';

/** A gateway with its console and a database of its own, whose tasks live on another Arno. */
interface GatewayOnly {
  arno: Arno;
  session: Session;
  /** Ends it without warning and starts it again on its data. */
  killAndRestart(): Promise<void>;
}

/** No agent listens to it. */
const deadQueue = 'nobody';

const test = base.extend<{ gateway: GatewayOnly }>({
  gateway: [
    async ({ arno: full }, use) => {
      await clearml(full, 'queues.create', { name: deadQueue });
      const home = await createHome();
      const gateway = { arno: await start(home, full) } as GatewayOnly;
      gateway.session = await logIn(gateway.arno);
      gateway.killAndRestart = async () => {
        gateway.arno.program.signal('SIGKILL');
        await gateway.arno.program.ended;
        gateway.arno = await start(home, full);
        gateway.session = await logIn(gateway.arno);
      };
      await use(gateway);
      await gateway.arno.stop();
      await removeHome(home);
    },
    { scope: 'file' },
  ],
});

async function start(home: Home, full: Arno): Promise<Arno> {
  const { accessKey, secretKey } = full;
  const env = {
    ARNO_CLEARML_API_HOST: full.api,
    ARNO_CLEARML_ACCESS_KEY: accessKey,
    ARNO_CLEARML_SECRET_KEY: secretKey,
    ARNO_CLEARML_FILES_HOST: full.files,
  };
  const program = launch(home, { label: 'gateway-only-gateway', args: ['--role', 'gateway,web'], env });
  await until('the gateway is healthy', () =>
    fetch(`${home.web}/health`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  const token = (await readFile(join(home.data, 'token'), 'utf8')).trim();
  const stop = () => {
    program.signal('SIGINT');
    return program.ended;
  };
  return { ...home, program, token, accessKey, secretKey, stop };
}

/** The template of the full Arno's demo, published by the gateway. */
async function publish(full: Arno, { session }: GatewayOnly): Promise<Data> {
  const { items } = await session.get('task-mappings');
  if (items[0]) return items[0];
  const demo = (await (await logIn(full)).get('task-mappings')).items[0];
  return session.send('POST', 'task-mappings', { task_id: demo.task_id, default_queue: 'default' });
}

const enqueue = ({ arno }: GatewayOnly, mapping: Data, body: object, headers: Record<string, string> = {}) =>
  post(`${arno.web}/gateway/v1/tasks/${mapping.alias}/calls`, body, { ...bearer(arno), ...headers });

test('runs nothing but what it was told to', async ({ gateway: { arno, session } }) => {
  const roles = await until('the ClearML server was asked', async () => {
    const health = await (await fetch(`${arno.web}/health`)).json();
    return health.roles.clearml === 'ok' && health.roles;
  });
  expect(roles).toEqual({ database: 'ok', gateway: 'ok', web: 'ok', clearml: 'ok' });
  for (const url of [arno.api, arno.files, arno.serving])
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  expect(existsSync(join(arno.data, 'clearml.conf'))).toBe(false);
  expect(arno.program.output()).toContain('Roles        gateway, web');
  for (const path of [
    'dashboard',
    'calls',
    'call-stats',
    'task-mappings',
    'endpoint-mappings',
    'machine-mappings',
    'me',
  ])
    expect(await session.get(path)).toBeDefined();
  expect((await fetch(`${arno.web}/api/tasks.get_all`)).status).toBe(404);
});

test('checks mappings against the ClearML server', async ({ arno: full, gateway }) => {
  const { session } = gateway;
  const unknown = { task_id: 'f'.repeat(32), default_queue: 'default' };
  await expect(session.send('POST', 'task-mappings', unknown)).rejects.toThrow(
    /400.*task_id: there is no task/,
  );
  const mapping = await publish(full, gateway);
  expect(mapping.alias).toMatch(/forecast/);
  const change = session.send('PATCH', `task-mappings/${mapping.id}`, { default_queue: 'no.body' });
  await expect(change).rejects.toThrow(/400.*default_queue: there is no queue/);
});

test('runs a task on the ClearML server, with its result', async ({ arno: full, gateway }) => {
  const mapping = await publish(full, gateway);
  const params = { occupied: [10, 20, 30, 40], hours: 2 };
  const { status, body } = await enqueue(gateway, mapping, { params });
  expect([status, body.status]).toEqual([202, 'queued']);
  expect(await finishedCall(gateway.arno, body.call_id)).toMatchObject({
    status: 'completed',
    result: { forecast: [50, 60], full: false },
  });
  const row = await until('the log follows', async () => {
    const call = await gateway.session.get(`calls/${body.call_id}`);
    return call.status === 'completed' && call;
  });
  const { task } = await clearml(full, 'tasks.get_by_id', { task: row.clone_id });
  expect(task.tags).toContain(`arno-call:${body.call_id}`);
});

test('cancels a call', async ({ arno: full, gateway }) => {
  const mapping = await publish(full, gateway);
  const { body } = await enqueue(gateway, mapping, { queue: deadQueue });
  expect(await callDocument(gateway.arno, body.call_id)).toMatchObject({
    status: 'queued',
    queue_position: 0,
  });
  const url = `${gateway.arno.web}/gateway/v1/calls/${body.call_id}`;
  expect((await fetch(url, { method: 'DELETE', headers: bearer(gateway.arno) })).ok).toBe(true);
  expect(await finishedCall(gateway.arno, body.call_id)).toMatchObject({ status: 'aborted' });
});

test('killed in the middle of many calls, it leaves no clone without its row and no row without its clone', async ({
  arno: full,
  gateway,
}) => {
  const mapping = await publish(full, gateway);
  const keys = Array.from({ length: 60 }, (_, index) => `kill-${index}`);
  const call = (key: string) => enqueue(gateway, mapping, { queue: deadQueue }, { 'idempotency-key': key });
  const answered: string[] = [];
  const calls = Promise.allSettled(
    keys.map(async (key) => {
      const { status, body } = await call(key);
      if (status === 202) answered.push(body.call_id);
    }),
  );
  await until('some calls are answered', () => answered.length >= 10);
  await gateway.killAndRestart();
  await calls;

  const { queued, tasks } = await until('every clone is queued', async () => {
    const { items } = await gateway.session.get('calls?status=queued&limit=100');
    const answer = await clearml(full, 'tasks.get_all', { status: ['queued'], only_fields: ['id', 'tags'] });
    const ids = new Set(answer.tasks.map((task: Data) => task.id));
    return items.every((item: Data) => ids.has(item.clone_id)) && { queued: items, ...answer };
  });
  const ids = queued.map((item: Data) => item.id);
  expect(ids).toEqual(expect.arrayContaining(answered));
  const clones = tasks.map((task: Data) => [task.tags.at(-1), task.id]);
  expect(clones.sort()).toEqual(queued.map((item: Data) => [`arno-call:${item.id}`, item.clone_id]).sort());

  // Who was not answered asks again, and gets the call that was made then.
  const again = await Promise.all(keys.map(call));
  const repeated = again.map(({ body }) => body.call_id);
  expect(new Set(repeated).size).toBe(keys.length);
  expect(repeated).toEqual(expect.arrayContaining(ids));
});

test('says that the ClearML server is away, and goes on when it is back', async ({ arno: full, gateway }) => {
  const mapping = await publish(full, gateway);
  process.kill(full.program.pid, 'SIGSTOP');
  const { status, body } = await enqueue(gateway, mapping, {}).finally(() =>
    process.kill(full.program.pid, 'SIGCONT'),
  );
  expect([status, body.error.code]).toEqual([503, 'backend_unavailable']);
  expect((await fetch(`${gateway.arno.web}/health`)).status).toBe(200);
  const later = await until('calls are taken again', async () => {
    const answer = await enqueue(gateway, mapping, {});
    return answer.status === 202 && answer;
  });
  expect(later.body.status).toBe('queued');
});
