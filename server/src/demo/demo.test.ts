import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../test/gateway.ts';
import { startUpstream } from '../../test/upstream.ts';
import { DiskStore } from '../features/files/index.ts';
import { findTask, type Hyperparams, type TaskRow } from '../features/tasks/index.ts';
import { type DemoOptions, seedDemo } from './index.ts';

let gateway: TestGateway;
let folder: string;
let machine: Awaited<ReturnType<typeof startUpstream>>;

beforeAll(async () => {
  gateway = await createTestGateway();
  folder = await mkdtemp(join(tmpdir(), 'arno-demo-'));
  machine = await startUpstream((_request, response) => response.end('{"digit":5}'));
  // Twice: a second start makes nothing more.
  await seedDemo(await options());
  await seedDemo(await options());
});

afterAll(async () => {
  await gateway.close();
  await machine.close();
  await rm(folder, { recursive: true });
});

async function options(): Promise<DemoOptions> {
  const { database, admin } = gateway;
  return {
    db: database.db,
    store: await DiskStore.open(join(folder, 'files')),
    caller: admin,
    data: folder,
    addresses: { files: 'http://127.0.0.1:8081', serving: `http://127.0.0.1:${machine.port}` },
    wanted: true,
  };
}

test('both calls of the README work', async () => {
  const lists = await Promise.all([gateway.get('/gateway/v1/tasks'), gateway.get('/gateway/v1/models')]);
  const [{ tasks }, { models }] = (await Promise.all(lists.map((list) => list.json()))) as [
    { tasks: { alias: string; public_id: string }[] },
    { models: { alias: string; machine_id: string }[] },
  ];
  expect([tasks.map(({ alias }) => alias), models.map(({ alias }) => alias)]).toEqual([
    ['parking-forecast'],
    ['digits'],
  ]);
  const queued = await gateway.post('/clearml/serve/enqueue_task', {
    task_id: tasks[0]?.public_id,
    params: {},
  });
  expect(await queued.json()).toMatchObject({ status: 'queued', queue: 'default' });
  const answered = await gateway.post('/clearml/serve/ondemand', {
    machine_id: models[0]?.machine_id,
    endpoint: 'digits',
    params: {},
  });
  expect(await answered.json()).toEqual({ digit: 5 });
  // Beside it the machine may be asked how it is.
  expect(machine.requests.map(({ path }) => path)).toContain('/serve/digits');
});

test('the model is in the file store under the address of its row, and where the serving runtime finds it', async () => {
  const model = await gateway.database.db.selectFrom('models').select('uri').executeTakeFirstOrThrow();
  const path = decodeURIComponent(new URL(model.uri ?? '').pathname);
  const stored = await readFile(join(folder, 'files', path));
  expect(stored.equals(await readFile(join(folder, 'serving', 'models', 'digits', 'model.onnx')))).toBe(true);
  const wanted = JSON.parse(await readFile(join(folder, 'serving', 'endpoints.json'), 'utf8'));
  expect(wanted).toEqual({ endpoints: [{ name: 'digits', model: 'models/digits' }] });
});

test('the template runs with its own defaults and writes its result', async () => {
  const { task_id } = await gateway.database.db
    .selectFrom('task_mappings')
    .select('task_id')
    .executeTakeFirstOrThrow();
  const task = (await findTask(gateway.scope(), task_id)) as TaskRow;
  const { diff, entry_point } = task.script as { diff: string; entry_point: string };
  const general = (task.hyperparams as unknown as Hyperparams).General ?? {};
  const params = Object.fromEntries(Object.values(general).map(({ name, value }) => [name, value]));
  const run = join(folder, 'run');
  await mkdir(run);
  await writeFile(join(run, entry_point), diff);
  await writeFile(join(run, 'params.json'), JSON.stringify(params));
  await promisify(execFile)('python3', [join(run, entry_point)], {
    env: {
      ...process.env,
      ARNO_PARAMS_FILE: join(run, 'params.json'),
      ARNO_RESULT_FILE: join(run, 'result.json'),
    },
  });
  expect(JSON.parse(await readFile(join(run, 'result.json'), 'utf8'))).toEqual({
    forecast: [209.2, 228.8, 240],
    trend_per_hour: 19.6,
    full: true,
  });
});

test('who does not want it gets nothing, now and later', async () => {
  const other = await createTestGateway();
  const base = { ...(await options()), db: other.database.db, caller: other.admin };
  await seedDemo({ ...base, wanted: false });
  await seedDemo(base);
  expect(await other.database.db.selectFrom('tasks').select('id').execute()).toEqual([]);
  await other.close();
});
