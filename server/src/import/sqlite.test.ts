import { appendFile, copyFile, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SqliteFile } from './sqlite.ts';
import { copyDatabase } from './sqlite-copy.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arno-test-'));
  path = join(folder, 'utils.sqlite');
});
afterEach(async () => rm(folder, { recursive: true }));

const rows = 2000;

/** Many pages of rows that all say `before`. */
function makeDatabase() {
  const database = new sqlite.Database(path);
  database.exec(`CREATE TABLE notes (description TEXT);
    WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < ${rows})
    INSERT INTO notes SELECT 'before' FROM count`);
  return database;
}

it('does not read half a transaction of another program, and all of it afterwards', async () => {
  const writer = makeDatabase();
  // What does not fit into the cache is written into the file before the commit.
  writer.exec(`PRAGMA cache_size = 1; BEGIN; UPDATE notes SET description = 'after'`);
  expect((await readFile(path)).includes('after')).toBe(true);
  await expect(SqliteFile.open(path)).rejects.toThrow('another program is writing to it');
  writer.exec('COMMIT');
  writer.close();

  const file = await SqliteFile.open(path);
  const found = [...file.rows('notes', ['description'])].map(({ values }) => values.description);
  await file.close();
  expect(found).toEqual(Array(rows).fill('after'));
});

it('reads a file whose journal stays after the commit', async () => {
  const writer = makeDatabase();
  writer.exec(`PRAGMA journal_mode = PERSIST; INSERT INTO notes VALUES ('one more')`);
  expect((await readFile(`${path}-journal`)).length).toBeGreaterThan(0);
  const file = await SqliteFile.open(path);
  expect([...file.rows('notes', ['description'])]).toHaveLength(rows + 1);
  await file.close();
  writer.close();
});

it('refuses a file that is damaged', async () => {
  makeDatabase().close();
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(4096, 'x'), 0, 4096, 3 * 4096);
  await file.close();
  await expect(SqliteFile.open(path)).rejects.toThrow(
    /cannot be read as a SQLite database: .*(damaged|malformed)/,
  );
});

it('copies once more when a part was written to meanwhile, and leaves nothing of the first copy', async () => {
  await writeFile(path, 'half');
  await writeFile(`${path}-wal`, 'the rest');
  let copies = 0;
  const copyOne = async (from: string, to: string) => {
    await copyFile(from, to);
    if (++copies !== 2) return;
    await appendFile(path, ' and the rest');
    await rm(`${path}-wal`);
  };
  await copyDatabase(path, join(folder, 'copy'), copyOne);
  expect(await readFile(join(folder, 'copy'), 'utf8')).toBe('half and the rest');
  await expect(readFile(join(folder, 'copy-wal'))).rejects.toThrow('ENOENT');
});

it('gives up on a file that is written to all the time', async () => {
  await writeFile(path, '');
  const copyOne = async (from: string, to: string) => {
    await copyFile(from, to);
    await appendFile(path, 'more');
  };
  await expect(copyDatabase(path, join(folder, 'copy'), copyOne)).rejects.toThrow('writing to it');
});
