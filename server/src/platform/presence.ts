import { hostname } from 'node:os';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type pg from 'pg';
import type { Db } from './database.ts';
import type { Logger } from './log.ts';
import { arnoVersion } from './version.ts';

const reconnectMs = 1000;

/** The first half of the advisory locks' keys; the second half is the server's number. */
const lockSpace = 7_251_544;

/** What this server calls itself on its connection, for the list of servers; PostgreSQL keeps 63 bytes. */
const ownName = `arno/${arnoVersion} ${hostname()}`.slice(0, 63);

/**
 * A number for this server that is known to be taken as long as this process lives: an advisory lock on a connection of its own,
 * which PostgreSQL frees when the process dies, whatever kills it.
 */
export class Presence {
  readonly #pool: pg.Pool;
  readonly #log: Logger;
  #number = 0;
  #client: pg.PoolClient | undefined;
  #closed = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(pool: pg.Pool, log: Logger) {
    this.#pool = pool;
    this.#log = log;
  }

  /** Unique among the servers of this database; 0 before start. */
  get number(): number {
    return this.#number;
  }

  async start(): Promise<void> {
    const { rows } = await this.#pool.query<{ number: number }>(
      `SELECT nextval('server_numbers')::integer AS number`,
    );
    this.#number = rows[0]?.number ?? 0;
    await this.#connect();
  }

  async #connect(): Promise<void> {
    const client = await this.#pool.connect();
    if (this.#closed) return client.release(true);
    this.#client = client;
    client.on('error', (error) => this.#lost(client, error));
    // A machine that vanished from the network is noticed within a minute. No effect on a socket of this machine.
    await client.query(
      'SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3',
    );
    await client.query(`SELECT set_config('application_name', $1, false)`, [ownName]);
    await client.query('SELECT pg_advisory_lock($1, $2)', [lockSpace, this.#number]);
  }

  #lost(client: pg.PoolClient, error: Error): void {
    // Given back already.
    if (client !== this.#client) return;
    this.#log.warn(
      { reason: error.message },
      'lost the connection that says this server lives; connecting again',
    );
    this.#reconnect(error);
  }

  #reconnect(error: Error): void {
    this.#client?.release(error);
    this.#client = undefined;
    // A connection that dies during a query fails twice: as a connection, and as a query.
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#connect().catch((again: Error) => this.#closed || this.#reconnect(again));
    }, reconnectMs);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#client?.release(true);
    this.#client = undefined;
  }
}

/** Whether the server with a number lives, as SQL. */
export function isPresent(number: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return sql<SqlBool>`EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND classid::bigint = ${sql.lit(lockSpace)} AND objid::bigint = ${number} AND objsubid = 2
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`;
}

/** A server of this database that lives, by its connection. */
export interface LivingServer {
  number: number;
  version: string | null;
  host: string | null;
  /** Undefined over a local socket. */
  address: string | null;
  since: Date;
}

/** All servers of this database that live, this one among them. */
export async function livingServers(db: Db): Promise<LivingServer[]> {
  const { rows } = await sql<LivingServer>`
    SELECT objid::int8 AS number, said[1] AS version, said[2] AS host, host(client_addr) AS address, backend_start AS since
    FROM pg_locks JOIN pg_stat_activity USING (pid)
    CROSS JOIN LATERAL (SELECT regexp_match(application_name, '^arno/(\\S+) (.+)$') AS said) AS name
    WHERE locktype = 'advisory' AND granted AND classid::bigint = ${sql.lit(lockSpace)} AND objsubid = 2
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ORDER BY 1`.execute(db);
  return rows;
}
