import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { type Arno, removeHome, startArno } from '../acceptance/lib/arno.ts';
import { apiToken, clearml } from '../acceptance/lib/clearml.ts';
import { embeddedPostgres } from '../acceptance/lib/postgres.ts';
import { type Figure, inParallel, seconds } from './lib/figures.ts';

const batchSize = 1000;
const series = 10;

/** Scalar points a second through events.add_batch, beside the same rows put in by bare COPYs, one a batch. */
export async function run(): Promise<Figure[]> {
  const arno = await startArno({ label: 'bench-events', args: ['--no-agent', '--no-demo'] });
  try {
    return [...(await compare(arno, 1, 100)), ...(await compare(arno, 10, 200))];
  } finally {
    await arno.stop();
    await removeHome(arno);
  }
}

async function compare(arno: Arno, writers: number, batches: number): Promise<Figure[]> {
  const points = batches * batchSize;
  await sendEvents(arno, writers, writers);
  const api = points / (await seconds(() => sendEvents(arno, writers, batches)));
  const copy = points / (await copyRows(arno, writers, batches));
  return [
    {
      name: `points_per_s_w${writers}`,
      value: api,
      meaning: `points/s, ${writers} writer(s), batches of ${batchSize}`,
    },
    { name: `copy_rows_per_s_w${writers}`, value: copy, meaning: 'rows/s, bare COPY of the same rows' },
    { name: `share_of_copy_w${writers}`, value: api / copy, meaning: 'of the bare COPY' },
  ];
}

/** Each writer has a task of its own with ten series, as that many training scripts have. */
async function sendEvents(arno: Arno, writers: number, batches: number): Promise<void> {
  const token = await apiToken(arno);
  const tasks = await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      const { id } = await clearml(arno, 'tasks.create', { name: `writer ${writer}`, type: 'training' });
      return String(id);
    }),
  );
  await inParallel(batches, writers, async (batch) => {
    const body = rowsOf(Math.floor(batch / writers)).map(({ metric, iter, value }) =>
      JSON.stringify({
        type: 'training_stats_scalar',
        task: tasks[batch % writers],
        metric: `metric ${metric}`,
        variant: 'value',
        iter,
        value,
      }),
    );
    const answer = await fetch(`${arno.api}/events.add_batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json-lines', authorization: `Bearer ${token}` },
      body: body.join('\n'),
    });
    const { data } = (await answer.json()) as { data: { added: number } };
    if (data.added !== batchSize) throw new Error(`batch ${batch}: added ${data.added} of ${batchSize}`);
  });
}

/** The points of one batch: all series, iteration after iteration. */
function rowsOf(batch: number) {
  return Array.from({ length: batchSize }, (_, row) => ({
    metric: row % series,
    iter: (batch * batchSize) / series + Math.floor(row / series),
    value: Math.sin(row),
  }));
}

/** Seconds for the same rows by COPY into a table with the columns and the key that Arno's points have. */
async function copyRows(arno: Arno, writers: number, batches: number): Promise<number> {
  const { host, port, user, database } = await embeddedPostgres(arno);
  const pool = new pg.Pool({ host, port, user, database, max: writers });
  try {
    await pool.query(`DROP TABLE IF EXISTS bench_points`);
    await pool.query(`CREATE TABLE bench_points (
      series_id bigint, iter bigint, ts bigint, value real, PRIMARY KEY (series_id, iter))`);
    return await seconds(() =>
      inParallel(batches, writers, async (batch) => {
        const client = await pool.connect();
        const writer = batch % writers;
        const lines = rowsOf(Math.floor(batch / writers)).map(
          ({ metric, iter, value }) => `${writer * series + metric}\t${iter}\t${Date.now()}\t${value}\n`,
        );
        const stream = client.query(copyFrom('COPY bench_points FROM STDIN'));
        await pipeline([lines.join('')], stream);
        client.release();
      }),
    );
  } finally {
    await pool.end();
  }
}
