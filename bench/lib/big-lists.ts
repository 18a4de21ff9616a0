import pg from 'pg';
import type { Arno } from '../../acceptance/lib/arno.ts';
import { embeddedPostgres } from '../../acceptance/lib/postgres.ts';
import { inParallel } from './figures.ts';
import { fillBigLists } from './fill-lists.ts';

/** Fills an Arno's lists; answers connections to its database, which are to be ended. */
export async function openFilled(
  arno: Arno,
  sizes: { tasks: number; calls: number; audit: number },
): Promise<pg.Pool> {
  const pool = new pg.Pool({
    ...(await embeddedPostgres(arno)),
    max: 2,
    options: '-c maintenance_work_mem=512MB',
  });
  const { rows } = await pool.query<{ company: string }>("SELECT company FROM users WHERE role = 'admin'");
  await withoutIndexes(pool, ['tasks', 'calls'], async () => {
    const client = await pool.connect();
    await fillBigLists((text, values) => client.query(text, values), rows[0]?.company ?? '', sizes);
    client.release();
  });
  // As after some time: old rows are known to be seen by all.
  await inParallel(2, 2, (index) =>
    pool.query(`VACUUM ANALYZE ${['calls', 'tasks, projects, users'][index]}`),
  );
  return pool;
}

/** Builds the indexes of tables anew when `work` has filled them, which is many times faster than row by row. */
async function withoutIndexes(pool: pg.Pool, tables: string[], work: () => Promise<void>): Promise<void> {
  const { rows: indexes } = await pool.query<{ name: string; definition: string }>(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
     WHERE tablename = ANY($1) AND indexname NOT LIKE '%_pkey' ORDER BY length(indexdef) DESC`,
    [tables],
  );
  for (const { name } of indexes) await pool.query(`DROP INDEX ${name}`);
  await work();
  // Those of texts come first: they take longest, and the others go on beside them.
  await inParallel(indexes.length, 2, (index) => pool.query(indexes[index]?.definition ?? ''));
}
