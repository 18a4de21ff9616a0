import type { Kysely } from 'kysely';
import type { Caller } from '../../clearml/endpoint.ts';
import { readable, writable } from '../../clearml/rights.ts';
import type { DB } from '../../platform/schema.ts';

/**
 * Who may touch which file. The SDK stores what a task produces below a folder `<task name>.<task id>`, so whoever may read
 * that task may read the file, and whoever may change the task may replace and delete it. A path through several tasks needs
 * the right to all of them. What lies below no task there is (an upload of no task's, or one whose task was deleted before its
 * files) is nobody's and open to every developer; task ids cannot be guessed.
 */
export class FileRights {
  readonly #db: Kysely<DB>;

  constructor(db: Kysely<DB>) {
    this.#db = db;
  }

  /** Those of the paths that the caller may not read, or not change. */
  async refused(caller: Caller, paths: readonly string[], use: 'read' | 'change'): Promise<Set<string>> {
    if (caller.role === 'user') return new Set(paths);
    if (caller.role === 'admin') return new Set();
    const foreign = await this.#foreignTasks(caller, paths.flatMap(taskIds), use);
    return new Set(paths.filter((path) => taskIds(path).some((id) => foreign.has(id))));
  }

  /** Those of the tasks that exist and are not the caller's to use. */
  async #foreignTasks(caller: Caller, ids: string[], use: 'read' | 'change'): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    const scope = { db: this.#db, caller, now: new Date() };
    const right = use === 'read' ? readable(scope, 'tasks') : writable(scope, 'tasks');
    const rows = await this.#db
      .selectFrom('tasks')
      .select('id')
      .where('id', 'in', [...new Set(ids)])
      .where((row) => row.not(right))
      .execute();
    return new Set(rows.map(({ id }) => id));
  }
}

/** The ids of tasks that the folders of a path name. */
function taskIds(path: string): string[] {
  return path.split('/').flatMap((segment) => /\.([0-9a-f]{32})$/.exec(segment)?.[1] ?? []);
}
