import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import sqlite from 'node-sqlite3-wasm';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { ensureInstallation } from '../installation.ts';
import { importCommand } from './command.ts';

let folder: string;
let database: TestDatabase;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arno-test-'));
  database = await createTestDatabase();
  // The command reads the environment, in which the tests' own settings are none.
  for (const name of Object.keys(process.env)) if (name.startsWith('ARNO_')) vi.stubEnv(name, undefined);
  vi.stubEnv('DATABASE_URL', database.url);
  vi.stubEnv('ARNO_DATA', join(folder, 'data'));
  const file = new sqlite.Database(join(folder, 'utils.sqlite'));
  file.exec('CREATE TABLE task_mappings (hashed_task_id, task_id, default_queue, description)');
  file.close();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await database.close();
  await rm(folder, { recursive: true });
});

const run = (...options: string[]) =>
  importCommand(['node', 'arno-server', 'import', 'clearml-utils', join(folder, 'utils.sqlite'), ...options]);

async function tables(): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`.execute(database.db);
  return Number(rows[0]?.count);
}

const users = () => database.db.selectFrom('users').selectAll().execute();

it('makes no tables in an empty database', async () => {
  await sql`DROP SCHEMA public CASCADE`.execute(database.db);
  await sql`CREATE SCHEMA public`.execute(database.db);
  await expect(run()).rejects.toThrow('no Arno in it yet, and a dry run writes nothing');
  expect(await tables()).toBe(0);
});

it('makes no embedded database', async () => {
  vi.stubEnv('DATABASE_URL', '');
  await expect(run()).rejects.toThrow('no Arno in it yet');
  expect(existsSync(join(folder, 'data'))).toBe(false);
});

it('makes no accounts, and no migration of a database that an older Arno uses', async () => {
  await expect(run()).rejects.toThrow('no Arno in it yet');
  expect(await users()).toEqual([]);

  await ensureInstallation(database.db);
  await sql`DELETE FROM schema_migrations WHERE number = (SELECT max(number) FROM schema_migrations)`.execute(
    database.db,
  );
  await expect(run()).rejects.toThrow(/is of an older Arno.*a dry run writes nothing: start the server once/);
});

it('says what is true of a database that is ready, and --apply prepares one', async () => {
  const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await run('--apply');
  expect(await users()).toHaveLength(2);
  await run();
  expect(output.mock.calls.join()).toMatch(/Imported\..*Nothing was written/s);
});
