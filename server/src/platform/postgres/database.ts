import { Client } from 'pg';
import { SUPERUSER } from './cluster.ts';
import { SOCKET_PORT } from './location.ts';

/** The database, and the role that owns it. The role is no superuser: an injected statement reaches no file or program. */
const NAME = 'arno';

/** The connection string of Arno's database behind a socket, readable by `pg` and by psql. */
export function databaseUrl(socketDir: string): string {
  const where = new URLSearchParams({ host: socketDir, port: String(SOCKET_PORT), user: NAME });
  // A plus for a space is for forms; libpq wants %20.
  return `postgresql:///${NAME}?${where.toString().replaceAll('+', '%20')}`;
}

/** Makes Arno's role and database where they are missing. */
export async function ensureDatabase(socketDir: string): Promise<void> {
  const client = new Client({
    host: socketDir,
    port: SOCKET_PORT,
    user: SUPERUSER,
    database: 'postgres',
    connectionTimeoutMillis: 10_000,
    query_timeout: 60_000,
  });
  await client.connect();
  try {
    const { rows } = await client.query<{ role: boolean; database: boolean }>(
      `select exists (select from pg_roles where rolname = $1) as role,
              exists (select from pg_database where datname = $1) as database`,
      [NAME],
    );
    if (!rows[0]?.role) await client.query(`create role ${NAME} login createdb`);
    if (!rows[0]?.database) await client.query(`create database ${NAME} owner ${NAME}`);
  } finally {
    await client.end();
  }
}
