import pg from 'pg';
import type { Arno } from '../../acceptance/lib/arno.ts';
import { clearml } from '../../acceptance/lib/clearml.ts';
import { embeddedPostgres } from '../../acceptance/lib/postgres.ts';
import { type Figure, median, seconds } from './figures.ts';

const million = 1_000_000;
/** 9 series of a million points, and 100 tasks with a series of 10,000 each: ten million points. */
const longSeries = 9;
const comparedTasks = 100;
const comparedPoints = 10_000;
const reads = 5;

/** Times of reads at ten million stored points, which are put in by SQL: how they got there is not what is measured here. */
export async function readFigures(arno: Arno): Promise<Figure[]> {
  const pool = new pg.Pool(await embeddedPostgres(arno));
  try {
    const long = await createTasks(arno, longSeries);
    const compared = await createTasks(arno, comparedTasks);
    await fill(pool, long, million);
    await fill(pool, compared, comparedPoints);
    await pool.query('VACUUM ANALYZE scalars');
    const read = await medianMs(() =>
      clearml(arno, 'events.scalar_metrics_iter_histogram', { task: long[4], samples: 5000 }),
    );
    const compare = await medianMs(() =>
      clearml(arno, 'events.multi_task_scalar_metrics_iter_histogram', { tasks: compared }),
    );
    return [
      {
        name: 'read_1m_to_5k_ms',
        value: read,
        meaning: 'ms, a series of 1,000,000 points down-sampled to 5,000',
      },
      {
        name: 'compare_100_tasks_ms',
        value: compare,
        meaning: 'ms, 100 tasks with a series of 10,000 points each',
      },
    ];
  } finally {
    await pool.end();
  }
}

function createTasks(arno: Arno, count: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const { id } = await clearml(arno, 'tasks.create', { name: `stored ${index}`, type: 'training' });
      // The series itself is made by the server.
      const event = {
        type: 'training_stats_scalar',
        task: id,
        metric: 'loss',
        variant: 'train',
        iter: 0,
        value: 1,
      };
      await clearml(arno, 'events.add', event);
      return String(id);
    }),
  );
}

/** Gives the only series of each task iterations 0 to `points` - 1. */
async function fill(pool: pg.Pool, tasks: string[], points: number): Promise<void> {
  await pool.query(
    `INSERT INTO scalars (series_id, iter, ts, value)
     SELECT series.id, iter, 1700000000000 + iter * 1000, sin(iter / 1000.0)
     FROM scalar_series AS series CROSS JOIN generate_series(1, $2::bigint - 1) AS iter
     WHERE task_id = ANY($1)`,
    [tasks, points],
  );
}

async function medianMs(read: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < reads; index++) times.push(1000 * (await seconds(read)));
  return median(times);
}
