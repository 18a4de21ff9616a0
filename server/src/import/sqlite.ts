import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite, { type Database } from 'node-sqlite3-wasm';
import { StartupError } from '../startup-errors.ts';
import { copyDatabase } from './sqlite-copy.ts';

/** A row with every value as text; what there is not is empty. */
export interface SqliteRow<Column extends string> {
  /** SQLite's own number of the row, which it keeps. */
  number: number;
  values: Record<Column, string>;
}

/**
 * A SQLite file, of which a private copy is read: the file itself may be in use, in a folder that is not ours to write, or in WAL mode,
 * which takes files beside it.
 */
export class SqliteFile {
  readonly #database: Database;
  readonly #folder: string;

  private constructor(database: Database, folder: string) {
    this.#database = database;
    this.#folder = folder;
  }

  /** @throws StartupError when there is no such file, or it is no SQLite database */
  static async open(path: string): Promise<SqliteFile> {
    const folder = await mkdtemp(join(tmpdir(), 'arno-import-'));
    const copy = join(folder, 'database.sqlite');
    try {
      await copyDatabase(path, copy);
      return new SqliteFile(openCopy(copy), folder);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw new StartupError(`${path} cannot be read as a SQLite database: ${(error as Error).message}`);
    }
  }

  /** The names among `columns` that a table lacks; undefined when there is no such table. */
  missingColumns(table: string, columns: readonly string[]): string[] | undefined {
    const found = this.#database.all('SELECT name FROM pragma_table_info(?)', [table]);
    const names = new Set(found.map(({ name }) => name));
    return names.size === 0 ? undefined : columns.filter((column) => !names.has(column));
  }

  /** All rows of a table in their order. */
  *rows<Column extends string>(table: string, columns: readonly Column[]): Generator<SqliteRow<Column>> {
    const list = columns.map((column) => `"${column}"`).join(', ');
    const statement = this.#database.prepare(
      `SELECT rowid AS "row number", ${list} FROM "${table}" ORDER BY rowid`,
    );
    try {
      for (const row of statement.iterate()) {
        const values = columns.map((column) => [column, textOf(row[column])]);
        yield {
          number: Number(row['row number']),
          values: Object.fromEntries(values) as Record<Column, string>,
        };
      }
    } finally {
      statement.finalize();
    }
  }

  async close(): Promise<void> {
    this.#database.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** @throws Error when it is no SQLite database, or a damaged one */
function openCopy(copy: string): Database {
  const database = new sqlite.Database(copy);
  try {
    // Without it WAL mode wants memory to share, which there is none of here.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    // Also finds a copy that is torn without the files telling. Only what starts like this is about the file and not about its rows.
    const found = String(database.get('PRAGMA quick_check(1)')?.quick_check);
    if (found.startsWith('*** in database'))
      throw new Error(`it is damaged, or was written to meanwhile: ${found.replaceAll(/\s+/g, ' ')}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value);
}
