import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { request } from 'undici';
import type { Arno } from '../../acceptance/lib/arno.ts';
import { apiToken, clearml } from '../../acceptance/lib/clearml.ts';
import { inParallel, seconds } from './figures.ts';

const batchSize = 1000;
const series = 10;

/** Writes the same points through the API and by COPY. What is sent is made before the clock runs: a client's time is no server's. */
export class EventWriter {
  readonly #arno: Arno;
  readonly #pool: pg.Pool;
  readonly #token: string;
  /** Each writer has a task of its own with ten series, as that many training scripts have. */
  readonly #tasks: string[];
  #sent = 0;
  #copied = 0;

  constructor(arno: Arno, pool: pg.Pool, token: string, tasks: string[]) {
    this.#arno = arno;
    this.#pool = pool;
    this.#token = token;
    this.#tasks = tasks;
  }

  static async open(arno: Arno, database: pg.PoolConfig, writers: number): Promise<EventWriter> {
    const pool = new pg.Pool({ ...database, max: writers });
    // The columns and the key of Arno's points.
    await pool.query(`DROP TABLE IF EXISTS bench_points`);
    await pool.query(`CREATE TABLE bench_points (
      series_id bigint, iter bigint, ts bigint, value real, PRIMARY KEY (series_id, iter))`);
    const tasks = await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        const { id } = await clearml(arno, 'tasks.create', { name: `writer ${writer}`, type: 'training' });
        return String(id);
      }),
    );
    return new EventWriter(arno, pool, await apiToken(arno), tasks);
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  /** @returns points a second */
  async apiRound(batches: number): Promise<number> {
    const bodies = Array.from({ length: batches }, (_, index) => this.#jsonLines(this.#sent + index));
    this.#sent += batches;
    const time = await seconds(() =>
      inParallel(batches, this.#tasks.length, (index) => this.#post(bodies[index] as string)),
    );
    return (batches * batchSize) / time;
  }

  /** @returns rows a second */
  async copyRound(batches: number): Promise<number> {
    const texts = Array.from({ length: batches }, (_, index) => this.#copyLines(this.#copied + index));
    this.#copied += batches;
    const time = await seconds(() =>
      inParallel(batches, this.#tasks.length, async (index) => {
        const client = await this.#pool.connect();
        await pipeline([texts[index]], client.query(copyFrom('COPY bench_points FROM STDIN')));
        client.release();
      }),
    );
    return (batches * batchSize) / time;
  }

  async #post(body: string): Promise<void> {
    const answer = await request(`${this.#arno.api}/events.add_batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json-lines', authorization: `Bearer ${this.#token}` },
      body,
    });
    const { data } = (await answer.body.json()) as { data: { added: number } };
    if (data.added !== batchSize) throw new Error(`added ${data.added} of ${batchSize}`);
  }

  /** A batch as the SDK sends it. */
  #jsonLines(batch: number): string {
    const task = this.#tasks[batch % this.#tasks.length];
    return this.#points(batch)
      .map(({ metric, iter, timestamp, value }) =>
        JSON.stringify({
          type: 'training_stats_scalar',
          task,
          metric: `metric ${metric}`,
          variant: 'value',
          iter,
          timestamp,
          value,
        }),
      )
      .join('\n');
  }

  #copyLines(batch: number): string {
    const writer = batch % this.#tasks.length;
    return this.#points(batch)
      .map(
        ({ metric, iter, timestamp, value }) =>
          `${writer * series + metric}\t${iter}\t${timestamp}\t${value}\n`,
      )
      .join('');
  }

  /** The points of one batch: all series, iteration after iteration. */
  #points(batch: number) {
    const first = Math.floor(batch / this.#tasks.length) * (batchSize / series);
    return Array.from({ length: batchSize }, (_, row) => ({
      metric: row % series,
      iter: first + Math.floor(row / series),
      timestamp: 1_700_000_000_000 + row,
      value: Math.sin(row),
    }));
  }
}
