import { type Kysely, sql } from 'kysely';
import type { Caller, Scope } from '../../clearml/endpoint.ts';
import type { Db } from '../../platform/database.ts';
import type { Logger } from '../../platform/log.ts';
import type { DB } from '../../platform/schema.ts';
import type { FileError } from './errors.ts';
import { encodedPath, type FilePorts, pathOfUrl } from './paths.ts';
import { findReferenced } from './references.ts';
import type { FileRights } from './rights.ts';
import type { FileStore } from './store.ts';

/**
 * A file stays for so long after its deletion was asked for: whatever was under way then, such as a clone that takes it over,
 * has ended, and the SDK, which deletes files itself after `tasks.delete`, does so first and finds them.
 */
const graceSeconds = 60;
/** Files of one step, which are deleted at the same time. */
const stepFiles = 32;
/** A run ends after these, so that stopping the server need not wait for the deletion of millions. */
const runSteps = 50;
const insertedAtOnce = 1000;
/** With the waits below, some two days. */
const maxAttempts = 50;
/** How long it is known what became of a file. */
export const fileReportDays = 30;

type Outcome = 'deleted' | 'missing' | 'referenced' | 'refused' | 'foreign' | 'failed';

/**
 * Has files deleted some time after the caller's transaction commits, and not when it does not. What is not ours is only
 * reported, what others refer to stays.
 *
 * @param owner id of the task or model that the files were of
 * @param urls addresses as they were noted; one that ends in `/` means all files of that folder
 */
export async function deleteFilesLater(
  { db, caller, now }: Scope,
  owner: string,
  urls: readonly string[],
): Promise<void> {
  if (urls.length === 0) return;
  const due = new Date(now.getTime() + graceSeconds * 1000);
  // A task that is reset again may have made the same files again.
  await sql`
    INSERT INTO file_deletions (company, requested_by, requested_role, owner, url, requested, due)
    SELECT ${caller.company}, ${caller.userId}, ${caller.role}, ${owner}, url, ${now}, ${due}
    FROM unnest(${[...new Set(urls)]}::text[]) AS url
    ON CONFLICT (owner, md5(url)) DO UPDATE SET (company, requested_by, requested_role, requested, due) =
      (excluded.company, excluded.requested_by, excluded.requested_role, excluded.requested, excluded.due),
      attempts = 0, outcome = NULL, detail = NULL, finished = NULL`.execute(db);
}

interface Deletion {
  id: number;
  company: string;
  requested_by: string;
  requested_role: Caller['role'];
  owner: string;
  url: string;
  requested: Date;
  due: Date;
}

interface Result {
  id: number;
  outcome: Outcome | null;
  detail: string | null;
}

/** Deletes what deleteFilesLater() noted, as often as it takes. Any number of servers may work on one database. */
export class FileDeletions {
  readonly #db: Kysely<DB>;
  readonly #store: FileStore;
  readonly #rights: FileRights;
  readonly #ports: FilePorts;
  readonly #log: Logger;

  constructor(parts: {
    db: Kysely<DB>;
    store: FileStore;
    rights: FileRights;
    ports: FilePorts;
    log: Logger;
  }) {
    this.#db = parts.db;
    this.#store = parts.store;
    this.#rights = parts.rights;
    this.#ports = parts.ports;
    this.#log = parts.log;
  }

  /** Deletes what is due. A process that dies meanwhile leaves its step as if it had not begun. */
  async workOff(now: Date): Promise<void> {
    for (let step = 0; step < runSteps; step++) {
      // A short step may not be the last: a folder brings its files.
      const done = await this.#db.transaction().execute((transaction) => this.#step(transaction, now));
      if (done === 0) return;
    }
  }

  /** Keeps a file that a new upload is about to replace; waits for its deletion when that has begun. */
  async cancel(path: string): Promise<void> {
    const { rows } = await sql<{ id: number; url: string }>`
      SELECT id, url FROM file_deletions
      WHERE outcome IS NULL AND file_key(url) = file_key(${`/${encodedPath(path)}`})`.execute(this.#db);
    const ids = rows.filter(({ url }) => pathOfUrl(url, this.#ports) === path).map(({ id }) => id);
    if (ids.length === 0) return;
    await this.#db.deleteFrom('file_deletions').where('id', 'in', ids).where('outcome', 'is', null).execute();
  }

  /** @returns how many it looked at */
  async #step(db: Db, now: Date): Promise<number> {
    const { rows } = await sql<Deletion>`
      SELECT id, company, requested_by, requested_role, owner, url, requested, due FROM file_deletions
      WHERE outcome IS NULL AND due <= ${now} ORDER BY due, id LIMIT ${stepFiles} FOR UPDATE SKIP LOCKED`.execute(
      db,
    );
    if (rows.length === 0) return 0;
    const paths = rows.flatMap(({ url }) => pathOfUrl(url, this.#ports) ?? []);
    const referenced = await findReferenced(db, paths, this.#ports);
    const refused = await this.#refused(rows);
    const results = rows.map((row) => this.#delete(db, row, referenced, refused.get(row.id)));
    await note(db, await Promise.all(results), now);
    return rows.length;
  }

  async #delete(
    db: Db,
    { id, url, ...deletion }: Deletion,
    referenced: ReadonlySet<string>,
    refusal: FileError | undefined,
  ): Promise<Result> {
    const path = pathOfUrl(url, this.#ports);
    const result = (outcome: Outcome | null, detail: string | null = null) => ({ id, outcome, detail });
    if (path === undefined) return result('foreign');
    // A file that is nobody's is one that was never uploaded.
    if (refusal) return refusal.status === 404 ? result('missing') : result('refused', refusal.message);
    try {
      if (url.endsWith('/')) {
        for await (const urls of this.#filesOf(path, url)) await insert(db, deletion, urls);
        return result('deleted');
      }
      if (referenced.has(path)) return result('referenced');
      const existed = await this.#store.delete(path);
      await this.#rights.release([path]);
      return result(existed ? 'deleted' : 'missing');
    } catch (error) {
      this.#log.warn({ err: error, path }, 'a file could not be deleted; it will be tried again');
      return result(null, (error as Error).message);
    }
  }

  /** The refusals by the deletion's id, for those who may not delete what they asked to have deleted. */
  async #refused(rows: readonly Deletion[]): Promise<Map<number, FileError>> {
    const refusals = new Map<number, FileError>();
    const callers = new Map(rows.map((row) => [`${row.requested_by} ${row.requested_role}`, row]));
    for (const { company, requested_by, requested_role } of callers.values()) {
      const theirs = rows.flatMap((row) => {
        const path = pathOfUrl(row.url, this.#ports);
        const isTheirs = row.requested_by === requested_by && row.requested_role === requested_role;
        return isTheirs && path !== undefined ? [{ id: row.id, path }] : [];
      });
      const caller = { userId: requested_by, userName: '', company, companyName: '', role: requested_role };
      const paths = theirs.map(({ path }) => path);
      const refused = await this.#rights.refused(caller, paths, 'change');
      for (const { id, path } of theirs) {
        const refusal = refused.get(path);
        if (refusal) refusals.set(id, refusal);
      }
    }
    return refusals;
  }

  /** Addresses of all files of a folder, in lists that one statement can insert. */
  async *#filesOf(folder: string, url: string): AsyncGenerator<string[]> {
    const urls: string[] = [];
    for await (const path of this.#store.list(folder)) {
      urls.push(url + encodedPath(path.slice(folder.length + 1)));
      if (urls.length === insertedAtOnce) yield urls.splice(0);
    }
    yield urls;
  }
}

/** Notes the files of a folder; what became of those that were noted by themselves is known. */
async function insert(db: Db, folder: Omit<Deletion, 'id' | 'url'>, urls: readonly string[]): Promise<void> {
  const { company, requested_by, requested_role, owner, requested, due } = folder;
  await sql`
    INSERT INTO file_deletions (company, requested_by, requested_role, owner, url, requested, due)
    SELECT ${company}, ${requested_by}, ${requested_role}, ${owner}, url, ${requested}, ${due}
    FROM unnest(${urls}::text[]) AS url ON CONFLICT (owner, md5(url)) DO NOTHING`.execute(db);
}

/** Writes down what became of each; what failed comes again, each time later, up to an hour. */
async function note(db: Db, results: readonly Result[], now: Date): Promise<void> {
  const column = (name: keyof Result) => results.map((result) => result[name]);
  await sql`
    UPDATE file_deletions AS deletion SET
      attempts = attempts + 1,
      outcome = coalesce(result.outcome, CASE WHEN attempts + 1 >= ${maxAttempts} THEN 'failed' END),
      detail = result.detail,
      due = ${now}::timestamptz + least(3600, 10 * 2 ^ least(attempts, 10)) * interval '1 second',
      finished = CASE WHEN result.outcome IS NOT NULL OR attempts + 1 >= ${maxAttempts} THEN ${now}::timestamptz END
    FROM unnest(${column('id')}::bigint[], ${column('outcome')}::text[], ${column('detail')}::text[])
      AS result (id, outcome, detail)
    WHERE deletion.id = result.id`.execute(db);
}

/** Forgets what became of files long ago. */
export async function dropOldFileReports(db: Kysely<DB>): Promise<void> {
  await sql`DELETE FROM file_deletions WHERE finished < now() - ${fileReportDays} * interval '1 day'`.execute(
    db,
  );
}
