import type { DatabaseHealth } from '@arno/protocol';
import { sql } from 'kysely';
import type { Db } from '../../platform/database.ts';

const shownTables = 12;

/** How big the database is, what fills it, and how it is used; cheap enough to be asked every few seconds. */
export async function databaseHealth(db: Db): Promise<Omit<DatabaseHealth, 'embedded'>> {
  const [about, tables] = await Promise.all([aboutDatabase(db), biggestTables(db)]);
  const { applied_at, ...migration } = about.migration;
  return { ...about, tables, migration: { ...migration, applied_at: new Date(applied_at).toISOString() } };
}

type About = Omit<DatabaseHealth, 'embedded' | 'tables'>;

async function aboutDatabase(db: Db): Promise<About> {
  const { rows } = await sql<About>`
    SELECT split_part(current_setting('server_version'), ' ', 1) AS version, pg_database_size(current_database()) AS bytes,
      jsonb_build_object(
        'used', (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
        'max', current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int) AS connections,
      (SELECT jsonb_build_object('number', number, 'name', name, 'applied_at', applied)
       FROM schema_migrations ORDER BY number DESC LIMIT 1) AS migration`.execute(db);
  return rows[0] as About;
}

/** Partitions count as their table. */
async function biggestTables(db: Db): Promise<DatabaseHealth['tables']> {
  const { rows } = await sql<DatabaseHealth['tables'][number]>`
    SELECT root.relname AS name, sum(pg_total_relation_size(class.oid))::bigint AS bytes,
      sum(greatest(class.reltuples, pg_stat_get_live_tuples(class.oid)))::bigint AS rows
    FROM pg_class AS root
    LEFT JOIN LATERAL pg_partition_tree(root.oid) AS part ON root.relkind = 'p'
    JOIN pg_class AS class ON class.oid = coalesce(part.relid, root.oid)
    WHERE root.relnamespace = 'public'::regnamespace AND root.relkind IN ('r', 'p') AND NOT root.relispartition
    GROUP BY root.relname ORDER BY bytes DESC, name LIMIT ${shownTables}`.execute(db);
  return rows;
}

/** Which migrations have made the database what it is. */
export async function migrations(db: Db): Promise<{ number: number; name: string; applied: Date }[]> {
  const { rows } = await sql<{ number: number; name: string; applied: Date }>`
    SELECT number, name, applied FROM schema_migrations ORDER BY number`.execute(db);
  return rows;
}
