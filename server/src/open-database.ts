import { join } from 'node:path';
import type { Config } from './config.ts';
import { type Database, openDatabase } from './platform/database.ts';
import type { Logger } from './platform/log.ts';
import { startPostgres } from './platform/postgres/index.ts';
import type { Started } from './started.ts';
import { StartupError } from './startup-errors.ts';

/**
 * The external database of the settings, or the embedded one, started for it.
 *
 * @param onCrash told when the embedded PostgreSQL ended for good
 * @param started gets what ends it
 * @throws StartupError when the external one cannot be used
 */
export async function openConfiguredDatabase(
  config: Config,
  log: Logger,
  onCrash: (error: Error) => void,
  started: Started,
): Promise<Database> {
  const url = config.databaseUrl ?? (await embeddedUrl(config, log, onCrash, started));
  const database = openDatabase(url, ({ message }) =>
    log.warn({ reason: message }, 'a database connection broke'),
  );
  started.add(() => database.close());
  if (config.databaseUrl) {
    await database.pool.query('SELECT 1').catch((error: Error) => {
      const { host } = new URL(url);
      throw new StartupError(
        `DATABASE_URL: PostgreSQL at ${host} cannot be used: ${error.message || 'no answer'}`,
      );
    });
  }
  return database;
}

/** Where the embedded database is, once it was made. */
export function embeddedFolder({ data }: Pick<Config, 'data'>): string {
  return join(data, 'postgres');
}

async function embeddedUrl(
  config: Config,
  log: Logger,
  onCrash: (error: Error) => void,
  started: Started,
): Promise<string> {
  const dataDir = embeddedFolder(config);
  const postgres = await startPostgres({ dataDir, binaries: config.postgres, log, onCrash });
  started.add(() => postgres.stop());
  return postgres.url;
}
