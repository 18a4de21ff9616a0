import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Contracts } from './clearml/contracts.ts';
import { clearmlApi } from './clearml/router.ts';
import type { Config } from './config.ts';
import { consoleApi } from './console/index.ts';
import { seedDemo } from './demo/index.ts';
import { clearmlEndpoints } from './endpoints.ts';
import { DiskStore, fileServer, UrlSigner } from './features/files/index.ts';
import { QueueWaiters } from './features/queues/index.ts';
import { embeddedTasks, gateway } from './gateway/index.ts';
import { health } from './health.ts';
import { listen } from './http.ts';
import { type Addresses, ensureInstallation, type Installation, writeAccessFiles } from './installation.ts';
import { Child } from './platform/child.ts';
import { type Database, openDatabase } from './platform/database.ts';
import type { Logger } from './platform/log.ts';
import { migrate } from './platform/migrate.ts';
import { requireFreePorts } from './platform/ports.ts';
import { startPostgres } from './platform/postgres/index.ts';
import { arnoVersion } from './platform/version.ts';
import { StartupError } from './startup-errors.ts';

export interface Server {
  /** Drains and ends everything this process started. */
  stop(): Promise<void>;
}

/** What has been started, undone in reverse order. */
class Started {
  readonly #steps: (() => Promise<void> | void)[] = [];

  add(stop: () => Promise<void> | void): void {
    this.#steps.push(stop);
  }

  async stop(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) await step();
  }
}

/**
 * Starts every role on the given settings: database, migrations, accounts, listeners, serving runtime and agent. All wiring is
 * here. When a step fails, what was started before it is stopped again.
 *
 * @param onCrash told when the embedded PostgreSQL ended for good
 */
export async function startServer(
  config: Config,
  log: Logger,
  onCrash: (error: Error) => void,
): Promise<Server> {
  const started = new Started();
  try {
    await prepareData(config);
    await requireFreePorts(portSettings(config), config.bind);
    const database = await openChecked(config, log, onCrash, started);
    await migrate(database.db);
    const installation = await ensureInstallation(database.db);
    const addresses = localAddresses(config);
    await writeAccessFiles(installation, config.data, addresses);
    await startRoles({ config, log, database, installation, addresses, started });
    announce(config, installation, addresses);
    return { stop: () => started.stop() };
  } catch (error) {
    await started.stop();
    throw error;
  }
}

async function prepareData({ data }: Config): Promise<void> {
  try {
    await mkdir(data, { recursive: true, mode: 0o755 });
    await access(data, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartupError(`the data folder ${data} cannot be written (${code}): set ARNO_DATA to one that can`);
  }
}

function portSettings({ ports }: Config): Record<string, number> {
  const { web, api, files, serving } = ports;
  return { ARNO_WEB_PORT: web, ARNO_API_PORT: api, ARNO_FILES_PORT: files, ARNO_SERVING_PORT: serving };
}

/** The external database, or the embedded one started for it. */
async function openChecked(
  config: Config,
  log: Logger,
  onCrash: (error: Error) => void,
  started: Started,
): Promise<Database> {
  const url = config.databaseUrl ?? (await embeddedUrl(config, log, onCrash, started));
  const database = openDatabase(url, (error) => log.warn({ err: error }, 'a database connection broke'));
  started.add(() => database.close());
  if (config.databaseUrl) {
    await database.pool.query('SELECT 1').catch((error: Error) => {
      const { host } = new URL(url);
      throw new StartupError(`DATABASE_URL: PostgreSQL at ${host} cannot be used: ${error.message || 'no answer'}`);
    });
  }
  return database;
}

async function embeddedUrl(
  config: Config,
  log: Logger,
  onCrash: (error: Error) => void,
  started: Started,
): Promise<string> {
  const postgres = await startPostgres({ dataDir: join(config.data, 'postgres'), log, onCrash });
  started.add(() => postgres.stop());
  return postgres.url;
}

/** Addresses of this server as programs on this machine reach it. */
function localAddresses({ bind, ports }: Config): Addresses {
  const host = bind === '0.0.0.0' ? '127.0.0.1' : bind === '::' ? '[::1]' : bind.includes(':') ? `[${bind}]` : bind;
  const url = (port: number) => `http://${host}:${port}`;
  return { web: url(ports.web), api: url(ports.api), files: url(ports.files), serving: url(ports.serving) };
}

interface Parts {
  config: Config;
  log: Logger;
  database: Database;
  installation: Installation;
  addresses: Addresses;
  started: Started;
}

async function startRoles({ config, log, database, installation, addresses, started }: Parts): Promise<void> {
  const { db, pool } = database;
  const { auth, admin } = installation;
  const waiters = new QueueWaiters(pool, log);
  await waiters.start();
  started.add(() => waiters.close());
}
