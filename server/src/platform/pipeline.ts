import { CompiledQuery } from 'kysely';
import pg from 'pg';
import { copyBytes } from './copy.ts';
import type { Db } from './database.ts';

/** Rows for a table, in PostgreSQL's binary COPY format, without its header and trailer. */
export interface Copy {
  /** The table and its columns, such as `scalars (series_id, iter)`; never a user's text. */
  table: string;
  rows: Buffer;
}

/** A query of Kysely's, built or written in SQL. */
interface Query {
  compile(db: Db): CompiledQuery;
}

export type Statement = Query | Copy;

/**
 * Runs statements one after another in a single round trip. The first that fails ends them all: those after it do not run, and
 * without a BEGIN among them nothing stays of those before it. Each connection keeps their plans, so their texts must be few and
 * hold no values.
 *
 * COPY is about twice as fast as an INSERT of the same rows; a row that breaks a constraint fails it.
 *
 * @returns the rows of each statement; a statement that answers rows names their columns, because `*` may mean others tomorrow
 */
export async function pipelined(db: Db, statements: readonly Statement[]): Promise<unknown[][]> {
  if (statements.length === 0) return [];
  const messages = statements.map((statement) => messageOf(db, statement));
  const { rows } = await db.executeQuery(CompiledQuery.raw('', [new Pipeline(messages)]));
  return rows as unknown[][];
}

/**
 * The same on a connection that the pool gives, for statements that are texts already. What takes longer than `timeoutMs` is given
 * up, and its connection with it.
 */
export async function pipelinedOn(
  pool: pg.Pool,
  statements: readonly (pg.QueryConfig | Copy)[],
  timeoutMs: number,
): Promise<unknown[][]> {
  const messages = statements.map((statement) => ('rows' in statement ? copyMessage(statement) : statement));
  const client = await pool.connect();
  try {
    const { rows } = await client.query('', [new Pipeline(messages, timeoutMs)]);
    client.release();
    return rows;
  } catch (error) {
    client.release(error as Error);
    throw error;
  }
}

interface Message extends pg.QueryConfig<unknown[]> {
  /** What a COPY reads. */
  data?: Buffer;
}

function messageOf(db: Db, statement: Statement): Message {
  if ('rows' in statement) return copyMessage(statement);
  const { sql: text, parameters } = statement.compile(db);
  return parameters.length > 0 ? { text, values: [...parameters], name: nameOf(text) } : { text };
}

function copyMessage({ table, rows }: Copy): Message {
  return { text: `COPY ${table} FROM STDIN (FORMAT binary)`, data: copyBytes(rows) };
}

const names = new Map<string, string>();

function nameOf(text: string): string {
  const name = names.get(text) ?? `pipelined_${names.size}`;
  names.set(text, name);
  return name;
}

/** Marks a statement's only parameter as the statements to send in its place; Kysely itself sends one at a time. */
class Pipeline {
  readonly messages: Message[];
  readonly timeoutMs: number | undefined;

  constructor(messages: Message[], timeoutMs?: number) {
    this.messages = messages;
    this.timeoutMs = timeoutMs;
  }
}

/** A connection on which pipelined() works. */
export class PipeliningClient extends pg.Client {
  // The driver declares a dozen overloads; this one forwards all of them.
  // biome-ignore lint/suspicious/noExplicitAny: nothing narrower is assignable to each overload
  override query(...parameters: any[]): any {
    const query = super.query as (...parameters: unknown[]) => unknown;
    const [, values] = parameters;
    const pipeline = Array.isArray(values) ? values[0] : undefined;
    if (!(pipeline instanceof Pipeline)) return query.apply(this, parameters);
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, rows: unknown[][] = []) =>
        error ? reject(error) : resolve({ command: 'PIPELINE', rowCount: rows.length, rows });
      query.call(this, new PipelinedQuery(pipeline, this, done));
    });
  }
}

/** What is needed of the driver's connection and of its queries, whose types do not tell all they have. */
interface Connection {
  stream: { cork(): void; uncork(): void };
  submittedNamedStatements: Record<string, string>;
  sync(): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}
interface DriverQuery extends pg.Query {
  text: string;
  name: string | undefined;
  _result: { _types: unknown; rows: unknown[] };
  prepare(connection: Connection): void;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: Connection): void;
}

/**
 * A query of the driver that is several: all are sent before the first is answered, with one Sync at the end, which makes them one
 * transaction unless they say otherwise. pg-copy-streams, which could do the COPY, waits for PostgreSQL to ask for the data.
 */
class PipelinedQuery {
  readonly #messages: readonly Message[];
  readonly #queries: DriverQuery[];
  #current = 0;
  /** The driver looks for it, and replaces it when queries have a time limit. */
  callback: (error: Error | null, rows?: unknown[][]) => void;
  /** As the driver calls it, in milliseconds. */
  readonly query_timeout: number | undefined;

  constructor({ messages, timeoutMs }: Pipeline, types: unknown, callback: PipelinedQuery['callback']) {
    this.#messages = messages;
    this.query_timeout = timeoutMs;
    this.#queries = messages.map(({ text, values, name }) => {
      // The driver copies a configuration slowly, property by property.
      const query = new pg.Query(text, values) as DriverQuery;
      query.name = name;
      query._result._types = types;
      return query;
    });
    this.callback = callback;
  }

  /** The driver notes under this name that the statement it is at is known to PostgreSQL. */
  get name(): string | undefined {
    return this.#queries[this.#current]?.name;
  }

  get text(): string | undefined {
    return this.#queries[this.#current]?.text;
  }

  submit(connection: Connection): null {
    // The driver's query ends with a Sync of its own.
    const withoutSync = Object.assign(Object.create(connection), { sync: () => {} });
    connection.stream.cork();
    this.#queries.forEach((query, index) => {
      query.prepare(withoutSync);
      const data = this.#messages[index]?.data;
      if (!data) return;
      connection.sendCopyFromChunk(data);
      connection.endCopyFrom();
    });
    connection.sync();
    connection.stream.uncork();
    return null;
  }

  handleRowDescription(message: unknown): void {
    this.#queries[this.#current]?.handleRowDescription(message);
  }

  handleDataRow(message: unknown): void {
    this.#queries[this.#current]?.handleDataRow(message);
  }

  handleCommandComplete(message: unknown, connection: Connection): void {
    this.#queries[this.#current]?.handleCommandComplete(message, connection);
    this.#current++;
  }

  handleReadyForQuery(): void {
    this.callback(
      null,
      this.#queries.map(({ _result }) => _result.rows),
    );
  }

  handleError(error: Error, connection: Connection): void {
    // What follows the failed statement was not even parsed.
    for (const { name } of this.#queries.slice(this.#current + 1)) {
      if (name !== undefined) delete connection.submittedNamedStatements[name];
    }
    this.callback(error);
  }

  handleCopyInResponse(): void {}
}
