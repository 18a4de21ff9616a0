import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Arno } from '../../acceptance/lib/arno.ts';
import { clearml } from '../../acceptance/lib/clearml.ts';
import { logIn } from '../../acceptance/lib/console.ts';
import { bearer, post } from '../../acceptance/lib/gateway.ts';
import { embeddedPostgres } from '../../acceptance/lib/postgres.ts';
import { type Answers, load, type Target } from './load.ts';

const callers = [1, 10, 50] as const;
const seconds = 3;
const params = { occupied: [112, 131, 148, 171, 190], capacity: 240, hours: 3 };

export const enqueueMeanings = Object.fromEntries(
  callers.flatMap((count) => [
    [`enqueue_calls_per_s_c${count}`, `accepted calls/s, ${count} callers`],
    [`enqueue_p99_ms_c${count}`, `ms, ${count} callers: 99 of 100 calls are accepted in less`],
    [`transaction_calls_per_s_c${count}`, `transactions/s that write the same rows, ${count} connections`],
    [`transaction_p99_ms_c${count}`, `ms, ${count} connections: 99 of 100 transactions take less`],
    [`enqueue_share_of_transaction_c${count}`, `of the transactions/s, ${count} callers`],
  ]),
);

/** Enqueue calls of one task, and the rows that such a call leaves, written by bare transactions. */
export class EnqueueBench {
  readonly #target: Target;
  readonly #pool: pg.Pool;
  readonly #rows: Rows;
  readonly #runner: string[];

  private constructor(target: Target, pool: pg.Pool, rows: Rows, runner: string[]) {
    this.#target = target;
    this.#pool = pool;
    this.#rows = rows;
    this.#runner = runner;
  }

  static async open(arno: Arno, runner: string[]): Promise<EnqueueBench> {
    const session = await logIn(arno);
    const template = { name: 'bench task', type: 'inference', script: { entry_point: 'forecast.py' } };
    const { id } = await clearml(arno, 'tasks.create', template);
    await session.send('POST', 'task-mappings', { task_id: id, alias: 'bench', default_queue: 'default' });
    const url = `${arno.web}/gateway/v1/tasks/bench/calls`;
    const { body } = await post(url, { params }, bearer(arno));
    const pool = new pg.Pool({ ...(await embeddedPostgres(arno)), max: Math.max(...callers) });
    const rows = await rowsOf(pool, body.call_id);
    const target = { url, body: JSON.stringify({ params }), authorization: `Bearer ${arno.token}` };
    return new EnqueueBench(target, pool, rows, runner);
  }

  stop(): Promise<void> {
    return this.#pool.end();
  }

  /** One number for each of `enqueueMeanings`. */
  async round(): Promise<Record<string, number>> {
    const figures: Record<string, number> = {};
    for (const count of callers) {
      const enqueued = await load(this.#target, { connections: count, seconds }, this.#runner);
      const written = await this.#transactions(count);
      figures[`enqueue_calls_per_s_c${count}`] = enqueued.callsPerSecond;
      figures[`enqueue_p99_ms_c${count}`] = enqueued.p99;
      figures[`transaction_calls_per_s_c${count}`] = written.callsPerSecond;
      figures[`transaction_p99_ms_c${count}`] = written.p99;
      figures[`enqueue_share_of_transaction_c${count}`] = enqueued.callsPerSecond / written.callsPerSecond;
    }
    return figures;
  }

  async #transactions(connections: number): Promise<Answers> {
    const times: number[] = [];
    const start = performance.now();
    const lane = async () => {
      const client = await this.#pool.connect();
      while (performance.now() - start < seconds * 1000) {
        const begun = performance.now();
        await writeRows(client, this.#rows);
        times.push(performance.now() - begun);
      }
      client.release();
    };
    await Promise.all(Array.from({ length: connections }, lane));
    times.sort((a, b) => a - b);
    const share = (part: number) => times[Math.floor(times.length * part)] ?? 0;
    const calls = times.length;
    const callsPerSecond = calls / ((performance.now() - start) / 1000);
    return { calls, callsPerSecond, p50: share(0.5), p99: share(0.99) };
  }
}

/** What one accepted call left: its clone, the clone's place in the queue, and its row in the log. */
type Rows = Record<'task' | 'entry' | 'call', Record<string, unknown>>;

async function rowsOf(pool: pg.Pool, callId: string): Promise<Rows> {
  const { rows } = await pool.query<Rows>(
    `SELECT to_json(tasks) AS task, to_json(calls) AS call, to_jsonb(queue_entries) - 'position' AS entry
     FROM calls JOIN tasks ON tasks.id = clone_id JOIN queue_entries ON queue_entries.task_id = clone_id
     WHERE calls.id = $1`,
    [callId],
  );
  if (!rows[0]) throw new Error(`call ${callId} left no task in a queue`);
  return rows[0];
}

async function writeRows(client: pg.PoolClient, { task, entry, call }: Rows): Promise<void> {
  const [taskId, callId] = [randomUUID(), randomUUID()].map((id) => id.replaceAll('-', ''));
  const insert = (name: string, text: string, row: object) =>
    client.query({ name, text, values: [JSON.stringify(row)] });
  await client.query('BEGIN');
  await insert('task', 'INSERT INTO tasks SELECT * FROM json_populate_record(NULL::tasks, $1)', {
    ...task,
    id: taskId,
  });
  await insert(
    'entry',
    `INSERT INTO queue_entries (queue_id, task_id, added)
     SELECT queue_id, task_id, added FROM json_populate_record(NULL::queue_entries, $1)`,
    { ...entry, task_id: taskId },
  );
  await insert('call', 'INSERT INTO calls SELECT * FROM json_populate_record(NULL::calls, $1)', {
    ...call,
    id: callId,
    clone_id: taskId,
  });
  await client.query('COMMIT');
}
