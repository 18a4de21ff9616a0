import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import {
  cleanup,
  collectingLog,
  exists,
  failure,
  query,
  start,
  workDir,
} from '../../../test/embedded-postgres.ts';
import { accountFor } from './account.ts';
import { npmBinaries } from './npm-binaries.ts';

vi.setConfig({ testTimeout: 120_000 });

const isRoot = process.getuid?.() === 0;

describe.each(['system', 'npm'] as const)('with the %s binaries', (binaries) => {
  test('makes a durable UTF-8 database, stops, and finds its data again', async () => {
    const dataDir = path.join(await workDir(), 'with space, comma', 'postgres');
    const first = await start(dataDir, { binaries });
    await query(first.url, `create table kept as select 'Ärger' as name`);
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

describe('refusals are one clear line', () => {
  test('a database of a version that nobody here can run', async () => {
    const dataDir = path.join(await workDir(), 'postgres');
    await mkdir(dataDir, { mode: 0o700 });
    await writeFile(path.join(dataDir, 'PG_VERSION'), '99\n');
    const { message } = await failure(start(dataDir));
    expect(message).toMatch(/made by PostgreSQL 99, and this machine has .*\d+ \((system|npm)\).* Install/);
    expect(message).not.toContain('ARNO_POSTGRES');
    const { message: ofOne } = await failure(start(dataDir, { binaries: 'npm' }));
    expect(ofOne).toMatch(
      /has \d+ \(npm\)\. .*set DATABASE_URL, or leave ARNO_POSTGRES out, which is npm\.$/,
    );
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

if (isRoot)
  describe('as root, below a directory that only root may enter', () => {
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
