import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, readlink, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import {
  cleanup,
  eventually,
  exists,
  postmasterPid,
  query,
  spawnArno,
  start,
  workDir,
} from '../../../test/embedded-postgres.ts';
import { accountFor } from './account.ts';
import { chooseBinaries } from './binaries.ts';
import { clusterMajor } from './cluster.ts';
import { STANDARD_PATH } from './command.ts';
import type { PostgresError } from './index.ts';

vi.setConfig({ testTimeout: 120_000 });

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
