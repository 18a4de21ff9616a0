import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import type { Scope } from '../clearml/endpoint.ts';
import { findTaskRoute } from '../features/mappings/index.ts';
import { createTask } from '../features/tasks/index.ts';
import { ensureInstallation } from '../installation.ts';
import { sha256 } from '../platform/ids.ts';
import { createLog } from '../platform/log.ts';
import { importFile } from './command.ts';
import { SqliteFile } from './sqlite.ts';

const config = {
  clearml: undefined,
  servingNetworks: [],
  ports: { web: 8080, api: 8008, files: 8081, serving: 8082 },
  calls: { retentionDays: 90, retentionIsFixed: true, bodyChars: 1000 },
};
const missingTask = '2655bb0a64fa4c57be93637bd6441b9e';
const shape = `
  CREATE TABLE task_mappings (hashed_task_id TEXT PRIMARY KEY, task_id TEXT, default_queue TEXT, description TEXT);
  CREATE TABLE endpoint_mappings (id INTEGER PRIMARY KEY, serving_machine_task_id TEXT, endpoint TEXT, hashed_machine_id TEXT,
    description TEXT);
  CREATE TABLE machine_mappings (serving_machine_task_id TEXT, base_url TEXT, description TEXT);
  CREATE TABLE ondemand_logs (id INTEGER PRIMARY KEY, serving_machine_task_id TEXT, endpoint TEXT, status TEXT, details TEXT,
    created_at DATETIME);
  CREATE TABLE enqueue_task_logs (id INTEGER PRIMARY KEY, task_id TEXT, status TEXT, details TEXT, created_at DATETIME);`;

let folder: string;
let path: string;
let database: TestDatabase;
let scope: Scope;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arno-test-'));
  path = join(folder, 'utils.sqlite');
  database = await createTestDatabase();
  const { admin } = await ensureInstallation(database.db);
  scope = { db: database.db, caller: admin, now: new Date() };
});
afterEach(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

function write(statements: string, rows: Record<string, unknown[][]> = {}): void {
  const file = new sqlite.Database(path);
  file.exec(statements);
  for (const [table, values] of Object.entries(rows)) {
    for (const row of values)
      file.run(`INSERT INTO ${table} VALUES (${row.map(() => '?')})`, row as string[]);
  }
  file.close();
}

async function run(apply: boolean, calls = config.calls) {
  const file = await SqliteFile.open(path);
  try {
    return await importFile({ ...config, calls, data: folder }, database, createLog('warn'), file, apply);
  } finally {
    await file.close();
  }
}

async function counts() {
  const tables = [
    'task_mappings',
    'endpoint_mappings',
    'machine_mappings',
    'former_public_ids',
    'calls',
  ] as const;
  const count = async (table: (typeof tables)[number]) =>
    (await database.db.selectFrom(table).selectAll().execute()).length;
  return Promise.all(tables.map(count));
}

const verdicts = (report: Awaited<ReturnType<typeof run>>) =>
  report.rows.map(({ table, row, verdict }) => `${table} ${row} ${verdict}`);

/** As SQLAlchemy writes it. */
const justNow = () => new Date(Date.now() - 60_000).toISOString().replace('T', ' ').replace('Z', '000');

async function writeWhole(taskId: string) {
  write(shape, {
    task_mappings: [
      [sha256(taskId), taskId, 'default', 'Forecast'],
      ['OLD-Hash', missingTask, 'gone', 'Not here yet'],
      ['x', 'no task id!', 'default', ''],
    ],
    endpoint_mappings: [
      [1, missingTask, '/digits', sha256(missingTask), 'Digits'],
      [2, missingTask, '../secrets', sha256(missingTask), ''],
    ],
    machine_mappings: [
      [missingTask, 'http://10.1.2.3:9000/serve/', 'GPU 1'],
      [missingTask, 'http://169.254.169.254/', 'metadata of a cloud'],
      [missingTask, null, ''],
    ],
    enqueue_task_logs: [
      [1, taskId, 'queued', '{"params": {"password": "hush"}}', justNow()],
      [2, taskId, 'error', 'no queue; access_token=abcdef', justNow()],
      [3, taskId, 'queued', '', '2020-01-01 00:00:00'],
      [4, taskId, 'perhaps', '', justNow()],
      [5, taskId, 'queued', '', 'yesterday'],
    ],
    ondemand_logs: [[1, missingTask, 'digits', 200, '{"digit": 5}', Math.floor(Date.now() / 1000) - 5]],
  });
}

it('shows first, then takes what is right, and changes nothing the second time', async () => {
  const taskId = await createTask(scope, { name: 'Forecast', type: 'training' });
  await writeWhole(taskId);
  const before = await counts();
  const shown = await run(false);
  expect(await counts()).toEqual(before);

  const taken = await run(true);
  expect(verdicts(taken)).toEqual(verdicts(shown));
  expect(verdicts(taken)).toEqual([
    'task_mappings 1 taken',
    'task_mappings 2 taken',
    'task_mappings 3 not taken',
    'endpoint_mappings 1 taken',
    'endpoint_mappings 2 not taken',
    'machine_mappings 1 taken',
    'machine_mappings 2 not taken',
    'machine_mappings 3 not taken',
    'enqueue_task_logs 3 not taken',
    'enqueue_task_logs 4 not taken',
    'enqueue_task_logs 5 not taken',
    'enqueue_task_logs 1 taken',
    'enqueue_task_logs 2 taken',
    'ondemand_logs 1 taken',
  ]);
  const after = await counts();
  expect(after).toEqual([2, 1, 1, 1, 3]);

  const again = await run(true);
  expect(again.rows.filter(({ verdict }) => verdict === 'taken')).toEqual([]);
  expect(await counts()).toEqual(after);
});

it('keeps old public ids, whatever they are the hash of', async () => {
  const taskId = await createTask(scope, { name: 'Forecast', type: 'training' });
  await writeWhole(taskId);
  const { rows } = await run(true);
  expect((await findTaskRoute(scope, { publicId: sha256(taskId) }))?.task_id).toBe(taskId);
  for (const publicId of ['old-hash', sha256(missingTask)]) {
    expect((await findTaskRoute(scope, { publicId }))?.task_id).toBe(missingTask);
  }
  expect(rows[1]?.notes.join()).toMatch(/does not exist here yet.*not the hash.*no queue gone/);
});

it('imports logs as calls that say so, without secrets', async () => {
  const taskId = await createTask(scope, { name: 'Forecast', type: 'training' });
  await writeWhole(taskId);
  await run(true);
  const calls = await database.db
    .selectFrom('calls')
    .selectAll()
    .orderBy('kind')
    .orderBy('http_status')
    .execute();
  expect(calls).toMatchObject([
    {
      kind: 'enqueue',
      outcome: 'ok',
      status: 'completed',
      http_status: 200,
      caller: 'imported',
      task_id: taskId,
    },
    { kind: 'enqueue', outcome: 'failed', status: 'failed', http_status: 500, alias: 'forecast' },
    {
      kind: 'ondemand',
      outcome: 'ok',
      http_status: 200,
      endpoint: 'digits',
      alias: 'digits',
      answer: '{"digit": 5}',
    },
  ]);
  expect(calls[1]?.error).toBe('no queue; access_token=***');
  expect(JSON.stringify(calls)).not.toMatch(/hush|abcdef/);
});

it('finds the mapping of a log that names the endpoint with slashes', async () => {
  write(shape, {
    endpoint_mappings: [[1, missingTask, '/predict/', '', '']],
    ondemand_logs: [[1, missingTask, '/predict/', '200', '{}', justNow()]],
  });
  await run(true);
  const [call] = await database.db.selectFrom('calls').selectAll().execute();
  expect(call).toMatchObject({ endpoint: 'predict', alias: 'predict', public_id: sha256(missingTask) });
});

it('takes a description without what PostgreSQL cannot store', async () => {
  const blob = (text: string) => Buffer.from(text);
  write(shape, {
    task_mappings: [['', missingTask, 'default', blob('A\0B')]],
    endpoint_mappings: [[1, missingTask, 'digits', '', blob('C\0D')]],
    machine_mappings: [[missingTask, 'http://10.1.2.3:9000', blob('E\0F')]],
  });
  await run(true);
  const tables = ['task_mappings', 'endpoint_mappings', 'machine_mappings'] as const;
  const found = tables.map((table) => database.db.selectFrom(table).select('description').execute());
  expect((await Promise.all(found)).flat().map(({ description }) => description)).toEqual(['AB', 'CD', 'EF']);
});

it('reports a row that PostgreSQL refuses, and takes the others', async () => {
  write(shape, {
    machine_mappings: [
      [missingTask, `http://10.1.2.3/${randomBytes(8000).toString('hex')}`, 'more than an index holds'],
      [missingTask, 'http://10.1.2.3:9000', ''],
    ],
    enqueue_task_logs: [
      [1, missingTask, 'queued', '', justNow()],
      [2, missingTask, 'queued', 'a year that PostgreSQL has not', '0000-01-01 00:00:00'],
      [3, missingTask, 'queued', '', justNow()],
    ],
  });
  const report = await run(true, { ...config.calls, retentionDays: 0 });
  expect(verdicts(report)).toEqual([
    'machine_mappings 1 not taken',
    'machine_mappings 2 taken',
    'enqueue_task_logs 1 taken',
    'enqueue_task_logs 2 not taken',
    'enqueue_task_logs 3 taken',
  ]);
  expect(report.rows[0]?.notes.join()).toMatch(/^PostgreSQL cannot store it: index row/);
});

it('reads what another program has open in WAL mode, and leaves the file alone', async () => {
  write(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; ${shape}`, {
    task_mappings: [['', missingTask, 'default', '']],
  });
  expect(verdicts(await run(false))).toEqual(['task_mappings 1 taken']);
});

it('says what it cannot read', async () => {
  write('CREATE TABLE task_mappings (task_id TEXT); CREATE TABLE machine_mappings (base_url TEXT)');
  const { faults, rows } = await run(true);
  expect(rows).toEqual([]);
  expect(faults).toEqual([
    'task_mappings: skipped: it has no hashed_task_id, default_queue, description',
    'endpoint_mappings: there is no such table',
    'machine_mappings: skipped: it has no serving_machine_task_id, description',
    'enqueue_task_logs: there is no such table',
    'ondemand_logs: there is no such table',
  ]);
  await expect(SqliteFile.open(join(folder, 'nothing'))).rejects.toThrow(
    'cannot be read as a SQLite database',
  );
  await expect(SqliteFile.open('/etc/hostname')).rejects.toThrow('cannot be read as a SQLite database');
});
