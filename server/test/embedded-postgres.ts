import { type ChildProcess, spawn } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import ts from 'typescript';
import { afterEach, expect } from 'vitest';
import { openDatabase } from '../src/platform/database.ts';
import {
  type EmbeddedPostgres,
  type PostgresError,
  type PostgresOptions,
  startPostgres,
} from '../src/platform/postgres/index.ts';

/** What a test does last, in reverse order. */
export const cleanup: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step();
});

/** A new directory that other users may enter, as directories of a home usually are. */
export async function workDir(mode = 0o755, under = tmpdir()): Promise<string> {
  const dir = await mkdtemp(path.join(under, 'arno-pg-test-'));
  await chmod(dir, mode);
  cleanup.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export function collectingLog() {
  const lines: string[] = [];
  const add = (_fields: object, message: string) => void lines.push(message);
  return { lines, debug: add, info: add, warn: add, error: add };
}

export async function start(
  dataDir: string,
  options: Partial<PostgresOptions> = {},
): Promise<EmbeddedPostgres> {
  const postgres = await startPostgres({ dataDir, log: collectingLog(), ...options });
  cleanup.push(() => postgres.stop());
  return postgres;
}

export async function query(url: string, text: string): Promise<unknown[]> {
  // The tests end servers under open connections.
  const { db, close } = openDatabase(url, () => {});
  try {
    return (await sql.raw(text).execute(db)).rows;
  } finally {
    await close();
  }
}

/** Asks again until the database answers: right after a kill it does not. */
export async function eventually(url: string, text: string): Promise<unknown[]> {
  for (;;) {
    try {
      return await query(url, text);
    } catch {
      await sleep(50);
    }
  }
}

export async function failure(started: Promise<unknown>): Promise<PostgresError> {
  const error = await started.then(
    () => new Error('it started'),
    (reason: Error) => reason,
  );
  expect(error).toMatchObject({ name: 'PostgresError' });
  expect(error.message).not.toContain('\n');
  return error as PostgresError;
}

export const postmasterPid = async (clusterDir: string) =>
  Number.parseInt(await readFile(path.join(clusterDir, 'postmaster.pid'), 'utf8'), 10);

export const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

const server = fileURLToPath(new URL('..', import.meta.url));
const source = path.join(server, 'src/platform/postgres');

/** The module as JavaScript, for a process of its own: Node 20 runs no TypeScript. Lies where it finds the packages. */
async function compiledModule(): Promise<string> {
  const dist = path.join(server, 'dist');
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
export async function spawnArno(dataDir: string): Promise<{ process: ChildProcess; url: string }> {
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
