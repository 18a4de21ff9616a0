import { type Kysely, sql } from 'kysely';
import type { Logger } from '../../../platform/log.ts';
import type { PeriodicWork } from '../../../platform/periodic.ts';
import { exclusively } from '../../../platform/periodic.ts';
import type { DB } from '../../../platform/schema.ts';
import { isOutage, reasonOf } from './outages.ts';
import type { Placing } from './placing.ts';
import type { RemoteServer, RemoteTask } from './remote-server.ts';

export interface FollowingOptions {
  db: Kysely<DB>;
  log: Logger;
  server: RemoteServer;
  placing: Placing;
  /** Milliseconds between two looks while calls change, while they do not, and while the remote is away. */
  everyMs?: { busy: number; quiet: number; away: number };
}

const lock = 7_251_551;
const defaultEveryMs = { busy: 1_000, quiet: 10_000, away: 60_000 };
/** Calls that are looked at in one run. */
const callsPerRun = 20_000;
/** Calls whose tasks are asked for at once, and noted before the next ones are. */
const callsPerPage = 500;

/**
 * Keeps open calls equal to their tasks on the remote, which tells nobody of a change: asks for the statuses of all of them at once,
 * often while some change and rarely while none does or the remote is away. Also carries on with orders that were left unfinished.
 */
export class Following {
  readonly #options: Required<FollowingOptions>;
  #pauseMs = 0;
  #next = 0;
  #isAway = false;
  #health = 'not asked yet';

  constructor(options: FollowingOptions) {
    this.#options = { everyMs: defaultEveryMs, ...options };
  }

  /** For the list of periodic works, on one replica at a time. */
  get work(): PeriodicWork {
    const { db, everyMs } = this.#options;
    return {
      name: 'tasks on the ClearML server',
      everyMs: everyMs.busy,
      run: async (ending) => {
        if (performance.now() >= this.#next) await exclusively(db, lock, () => this.#lookIfReachable(ending));
      },
    };
  }

  /** `ok`, or what was wrong when the remote was last asked. */
  get health(): string {
    return this.#health;
  }

  /** A call was just queued: whoever waits for it wants to see it run. */
  hurry(): void {
    if (this.#isAway) return;
    this.#pauseMs = 0;
    this.#next = 0;
  }

  /** The remote answers again: what became of its tasks meanwhile is looked at soon. */
  back(): void {
    this.#next = 0;
  }

  async #lookIfReachable(ending: AbortSignal | undefined): Promise<void> {
    const { log, everyMs } = this.#options;
    try {
      const changed = await this.look(ending);
      if (this.#isAway) log.info('the ClearML server answers again');
      this.#isAway = false;
      this.#health = 'ok';
      this.#wait(changed > 0 ? 0 : everyMs.quiet);
    } catch (error) {
      if (!isOutage(error)) throw error;
      if (!this.#isAway)
        log.warn({ reason: reasonOf(error) }, 'the ClearML server does not answer; trying again');
      this.#isAway = true;
      this.#health = 'does not answer';
      this.#wait(everyMs.away);
    }
  }

  /** Doubles the pause up to the longest; 0 begins anew. */
  #wait(longest: number): void {
    const { busy } = this.#options.everyMs;
    this.#pauseMs = longest === 0 ? 0 : Math.min(longest, Math.max(busy, this.#pauseMs * 2));
    this.#next = performance.now() + this.#pauseMs;
  }

  /**
   * One look at everything that is open; answers how many calls changed.
   *
   * @param ending aborts when the rest is to be left to the next look: a slow remote takes minutes for all
   */
  async look(ending?: AbortSignal): Promise<number> {
    const { db, server, placing } = this.#options;
    await placing.recover(ending);
    if (ending?.aborted) return 0;
    const ids = await openClones(db);
    if (ids.length === 0) {
      await server.ping();
      return 0;
    }
    let changed = 0;
    for (let start = 0; start < ids.length && !ending?.aborted; start += callsPerPage) {
      const page = ids.slice(start, start + callsPerPage);
      const tasks = await server.findTasks(page, ['status', 'status_reason', 'started', 'completed']);
      changed += await follow(db, page, tasks);
    }
    return changed;
  }
}

async function openClones(db: Kysely<DB>): Promise<string[]> {
  const rows = await db
    .selectFrom('remote_calls')
    .innerJoin('calls', 'calls.id', 'remote_calls.call_id')
    .select('clone_id')
    .where('state', '=', 'queued')
    .limit(callsPerRun)
    .execute();
  return rows.flatMap(({ clone_id }) => clone_id ?? []);
}

/** Does for calls of remote tasks what the trigger calls_follow_tasks() does for those of our own. Answers how many changed. */
async function follow(db: Kysely<DB>, ids: string[], tasks: Map<string, RemoteTask>): Promise<number> {
  const seen = ids.map((id) => ({ id, ...tasks.get(id) }));
  const { rows } = await sql<{ changed: number }>`
    WITH seen AS (
      SELECT id, started, completed,
        CASE WHEN status IS NULL THEN 'lost' ELSE status_of_clone(status, coalesce(status_reason, '')) END AS status
      FROM jsonb_to_recordset(${JSON.stringify(seen)}::jsonb)
        AS task (id text, status text, status_reason text, started timestamptz, completed timestamptz)
    ), changed AS (
      UPDATE calls SET status = seen.status, started = coalesce(seen.started, calls.started),
        ended = CASE WHEN seen.status IN ('queued', 'running') THEN NULL ELSE coalesce(seen.completed, now()) END
      FROM seen
      WHERE calls.clone_id = seen.id AND calls.status IN ('queued', 'running')
        AND (calls.status <> seen.status OR calls.started IS DISTINCT FROM coalesce(seen.started, calls.started))
      RETURNING calls.id, calls.ended
    ), over AS (
      DELETE FROM remote_calls WHERE call_id IN (SELECT id FROM changed WHERE ended IS NOT NULL)
    )
    SELECT count(*) AS changed FROM changed`.execute(db);
  return rows[0]?.changed ?? 0;
}
