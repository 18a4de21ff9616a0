import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Caller, Scope } from '../../clearml/endpoint.ts';
import { readable, writable } from '../../clearml/rights.ts';
import type { DB } from '../../platform/schema.ts';
import { FileError } from './errors.ts';

type Use = 'read' | 'change';

const notShared = 'the file belongs to a task that is not shared with you';
const notYours = 'the file belongs to no task: only administrators and whoever uploaded it may use it';

/**
 * Who may touch which file; administrators may touch all. The SDK stores what a task produces below a folder
 * `<task name>.<task id>`, so whoever may read that task may read the file, and whoever may change the task may replace and
 * delete it. The files of a deleted task are its owner's and theirs who deleted it. A path through several tasks needs the
 * right to all of them. What lies below no task is its uploader's, from the upload to the deletion.
 */
export class FileRights {
  readonly #db: Kysely<DB>;

  constructor(db: Kysely<DB>) {
    this.#db = db;
  }

  /** Those of the paths that the caller may not read, or not change, each with its refusal: 403, or 404 for a file of nobody. */
  async refused(caller: Caller, paths: readonly string[], use: Use): Promise<Map<string, FileError>> {
    if (caller.role === 'admin') return new Map();
    if (caller.role === 'user') return new Map(paths.map((path) => [path, new FileError(403, notShared)]));
    const tasks = await this.#tasks(caller, paths.flatMap(taskIds), use);
    const loose = paths.filter((path) => isLoose(path, tasks));
    const uploaders = await this.#uploaders(loose);
    const refusals = new Map<string, FileError>();
    for (const path of paths) {
      if (taskIds(path).some((id) => tasks.get(id) === false))
        refusals.set(path, new FileError(403, notShared));
    }
    for (const path of loose) {
      const uploader = uploaders.get(hashOf(path));
      if (uploader === undefined) refusals.set(path, new FileError(404, `there is no file ${path}`));
      else if (uploader !== caller.userId) refusals.set(path, new FileError(403, notYours));
    }
    return refusals;
  }

  /**
   * Takes a path for an upload. One below no task becomes the caller's, unless it is somebody's.
   *
   * @throws FileError 403
   */
  async claim(caller: Caller, path: string): Promise<void> {
    const tasks = await this.#tasks(caller, taskIds(path), 'change');
    if (isLoose(path, tasks)) return this.#claimLoose(caller, path);
    if (caller.role !== 'admin' && [...tasks.values()].includes(false)) throw new FileError(403, notShared);
  }

  async #claimLoose(caller: Caller, path: string): Promise<void> {
    const { rows } = await sql<{ user_id: string }>`
      INSERT INTO loose_files (path_hash, company, user_id, uploaded)
      VALUES (${hashOf(path)}, ${caller.company}, ${caller.userId}, now())
      ON CONFLICT (path_hash) DO UPDATE SET uploaded = excluded.uploaded RETURNING user_id`.execute(this.#db);
    if (caller.role !== 'admin' && rows[0]?.user_id !== caller.userId) throw new FileError(403, notYours);
  }

  /** Forgets whose these files were, which are deleted: others may use the names. */
  async release(paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return;
    await this.#db.deleteFrom('loose_files').where('path_hash', 'in', paths.map(hashOf)).execute();
  }

  /** Those of the tasks that exist or existed, each with whether it is the caller's to use. */
  async #tasks(caller: Caller, ids: string[], use: Use): Promise<Map<string, boolean>> {
    if (ids.length === 0) return new Map();
    const scope = { db: this.#db, caller, now: new Date() };
    const right = use === 'read' ? readable(scope, 'tasks') : writable(scope, 'tasks');
    const { rows } = await sql<{ id: string; allowed: boolean }>`
      SELECT id, company = ${caller.company} AND ${caller.userId} IN (user_id, deleted_by) AS allowed
      FROM deleted_tasks WHERE id = ANY(${ids}::text[])
      UNION ALL SELECT id, ${right} FROM tasks WHERE id = ANY(${ids}::text[])`.execute(this.#db);
    return new Map(rows.map(({ id, allowed }) => [id, allowed]));
  }

  /** User ids by the hash of the path. */
  async #uploaders(paths: string[]): Promise<Map<string, string>> {
    if (paths.length === 0) return new Map();
    const rows = await this.#db
      .selectFrom('loose_files')
      .select(['path_hash', 'user_id'])
      .where('path_hash', 'in', paths.map(hashOf))
      .execute();
    return new Map(rows.map(({ path_hash, user_id }) => [path_hash, user_id]));
  }
}

/** Notes whose a task was, in the transaction that deletes it: its files may outlive it. */
export async function rememberDeletedTask(
  { db, caller, now }: Scope,
  { id, company, user_id }: { id: string; company: string; user_id: string },
): Promise<void> {
  await db
    .insertInto('deleted_tasks')
    .values({ id, company, user_id, deleted_by: caller.userId, deleted: now })
    .execute();
}

/** The ids of tasks that the folders of a path name. */
function taskIds(path: string): string[] {
  return path.split('/').flatMap((segment) => /\.([0-9a-f]{32})$/.exec(segment)?.[1] ?? []);
}

function isLoose(path: string, tasks: ReadonlyMap<string, boolean>): boolean {
  return !taskIds(path).some((id) => tasks.has(id));
}

function hashOf(path: string): string {
  return createHash('sha256').update(path).digest('hex');
}
