import type { FastifyReply } from 'fastify';
import { type Kysely, sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Logger } from '../../platform/log.ts';
import type { DB } from '../../platform/schema.ts';
import { GatewayError } from '../errors.ts';
import { callerId, type GatewayCaller } from './caller.ts';

/** What limits a mapping, per caller; null is no limit. */
export interface Limited {
  id: string;
  calls_per_minute: number | null;
  calls_per_day: number | null;
}

/** So many calls in so many seconds, from the first of them on. */
interface Policy {
  calls: number;
  seconds: number;
}

/** Where a caller stands with one policy. */
interface Standing extends Policy {
  remaining: number;
  /** Seconds until its window ends. */
  reset: number;
  isExceeded: boolean;
}

const windows = { minute: 60, day: 86_400 };

/**
 * Counts the calls of mappings with limits, for all replicas: the counts are rows of the database and so is their clock. Who has
 * used up a limit is refused from memory until its window ends. A mapping without limits costs nothing here.
 */
export class Limits {
  readonly #db: Kysely<DB>;
  readonly #log: Logger;
  readonly #exceeded = new LRUCache<string, { standing: Standing; ends: number }>({ max: 10_000 });

  constructor(db: Kysely<DB>, log: Logger) {
    this.#db = db;
    this.#log = log;
  }

  /**
   * Counts a call and says in the headers of its answer what is left. Not to be called in a transaction: the counts are shared by
   * all calls of the caller, and would make them wait for each other.
   *
   * @throws GatewayError rate_limited, quota_exceeded, and limiter_unavailable when it cannot be counted
   */
  async consume(caller: GatewayCaller, mapping: Limited, reply: FastifyReply): Promise<void> {
    if (!isLimited(mapping)) return;
    const policies = policiesOf(mapping);
    const standings = await this.#standings(mapping.id, callerId(caller), policies);
    const tightest = standings.reduce((one, other) =>
      other.remaining < one.remaining || other.isExceeded ? other : one,
    );
    // A call that is queued instead has counted for its model already, whose limit may be nearer.
    const before = Number(reply.getHeader('ratelimit-remaining') ?? Number.POSITIVE_INFINITY);
    if (tightest.remaining <= before) reply.headers(headersOf(policies, tightest));
    if (tightest.isExceeded) throw refusal(tightest);
  }

  /** Counts the call, unless it is known that it must be refused: then with all limits that are used up. */
  async #standings(mappingId: string, caller: string, policies: readonly Policy[]): Promise<Standing[]> {
    const refused = policies.flatMap((policy) => this.#refused(keyOf(mappingId, caller, policy)) ?? []);
    if (refused.length > 0) return refused;
    const standings: Standing[] = [];
    for (const policy of policies) {
      // The longer window is not charged for what the shorter one refuses.
      const standing = await this.#count(mappingId, caller, policy);
      standings.push(standing);
      if (standing.isExceeded) break;
    }
    return standings;
  }

  /** Where a caller stands who has used up a limit. */
  #refused(key: string): Standing | undefined {
    const known = this.#exceeded.get(key);
    const left = known ? known.ends - performance.now() : 0;
    return known && left > 0 ? { ...known.standing, reset: left / 1000 } : undefined;
  }

  async #count(mappingId: string, caller: string, policy: Policy): Promise<Standing> {
    const standing = await this.#add(mappingId, caller, policy).catch((err) => {
      this.#log.error({ err }, 'calls of a mapping with limits cannot be counted; they are refused');
      throw new GatewayError(
        'limiter_unavailable',
        'the call cannot be counted now; try again',
        undefined,
        1,
      );
    });
    if (standing.isExceeded) {
      const ttl = Math.max(1, Math.round(standing.reset * 1000));
      this.#exceeded.set(
        keyOf(mappingId, caller, policy),
        { standing, ends: performance.now() + ttl },
        { ttl },
      );
    }
    return standing;
  }

  /**
   * One statement in its own transaction. Waiting for the disk would make the calls of one caller queue for its row; when the
   * database crashes, the counts of the last moment may be lost.
   */
  async #add(mappingId: string, caller: string, { calls, seconds }: Policy): Promise<Standing> {
    const { rows } = await sql<{ used: number; reset: number }>`
      WITH no_wait AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
      INSERT INTO call_counts AS counts (mapping_id, caller_id, window_seconds, used, ends)
      SELECT ${mappingId}, ${caller}, ${seconds}, 1, now() + ${seconds} * interval '1 second' FROM no_wait
      ON CONFLICT (mapping_id, caller_id, window_seconds) DO UPDATE SET
        -- no further than one too many, lest refused calls weigh on a limit that is raised
        used = CASE WHEN counts.ends <= now() THEN 1 ELSE least(counts.used, ${calls}) + 1 END,
        ends = CASE WHEN counts.ends <= now() THEN excluded.ends ELSE counts.ends END
      RETURNING used, extract(epoch FROM ends - now())::float8 AS reset`.execute(this.#db);
    const { used, reset } = rows[0] as { used: number; reset: number };
    return { calls, seconds, reset, remaining: Math.max(0, calls - used), isExceeded: used > calls };
  }
}

/** Whether calls of a mapping are counted at all. */
export function isLimited({ calls_per_minute, calls_per_day }: Limited): boolean {
  return calls_per_minute !== null || calls_per_day !== null;
}

/** A limit that was raised counts anew. */
function keyOf(mappingId: string, caller: string, { seconds, calls }: Policy): string {
  return [mappingId, caller, seconds, calls].join(' ');
}

function policiesOf({ calls_per_minute: minute, calls_per_day: day }: Limited): Policy[] {
  return [
    ...(minute === null ? [] : [{ calls: minute, seconds: windows.minute }]),
    ...(day === null ? [] : [{ calls: day, seconds: windows.day }]),
  ];
}

/** The headers of draft-ietf-httpapi-ratelimit-headers in the form that most clients know. */
function headersOf(
  policies: readonly Policy[],
  { calls, remaining, reset }: Standing,
): Record<string, string> {
  return {
    'ratelimit-policy': policies.map((policy) => `${policy.calls};w=${policy.seconds}`).join(', '),
    'ratelimit-limit': String(calls),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(Math.ceil(reset)),
  };
}

function refusal({ calls, seconds, reset }: Standing): GatewayError {
  const retryAfter = Math.max(1, Math.ceil(reset));
  const [code, span] =
    seconds === windows.minute ? (['rate_limited', 'minute'] as const) : (['quota_exceeded', 'day'] as const);
  const message = `you may call this ${calls} times a ${span}; try again in ${retryAfter} s`;
  return new GatewayError(code, message, undefined, retryAfter);
}

/** Forgets windows that have ended; their callers begin new ones. */
export async function dropOldCounts(db: Kysely<DB>): Promise<void> {
  await sql`DELETE FROM call_counts WHERE ends < now()`.execute(db);
}
