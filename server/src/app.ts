import { existsSync } from 'node:fs';
import { access, constants, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Addresses, passwordFile, writeAccessFiles, writePassword } from './access-files.ts';
import { agentChild, servingBind, servingChild } from './children.ts';
import { Contracts } from './clearml/contracts.ts';
import { clearmlApi } from './clearml/router.ts';
import type { Config } from './config.ts';
import { consoleApi } from './console/index.ts';
import { seedDemo } from './demo/index.ts';
import { clearmlEndpoints } from './endpoints.ts';
import { type RequestOrigin, rememberingCallers } from './features/auth/index.ts';
import {
  FileDeletions,
  FileLinks,
  FileRights,
  type FileStore,
  fileServer,
  openFileStore,
  UrlSigner,
} from './features/files/index.ts';
import { OidcLogin } from './features/login/index.ts';
import { followOwnRuntime } from './features/mappings/index.ts';
import { queueChannel } from './features/queues/index.ts';
import { closeInterruptedCalls, embeddedTasks, gateway } from './gateway/index.ts';
import { health } from './health.ts';
import { type Doors, listen } from './http.ts';
import { ensureInstallation, type Installation } from './installation.ts';
import { startJobs } from './jobs.ts';
import { type Database, openDatabase } from './platform/database.ts';
import type { Logger, LogOutput } from './platform/log.ts';
import { migrate } from './platform/migrate.ts';
import { Networks } from './platform/networks.ts';
import { Notifications } from './platform/notifications.ts';
import { type PortWanted, requireFreePorts } from './platform/ports.ts';
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
  output: LogOutput,
  onCrash: (error: Error) => void,
): Promise<Server> {
  const { log } = output;
  const started = new Started();
  try {
    await prepareData(config);
    await requireFreePorts(portSettings(config));
    const database = await openChecked(config, log, onCrash, started);
    const { applied } = await migrate(database.db);
    log.info({ applied: applied.length }, 'Database ready');
    await closeInterruptedCalls(database.db);
    const installation = await ensureInstallation(database.db, {
      resetPassword: config.resetPassword,
      keepPassword: (password) => writePassword(config.data, password),
      allowedOrigins: config.allowedOrigins,
    });
    const addresses = localAddresses(config);
    await writeAccessFiles(installation, config.data, addresses);
    await startRoles({ config, output, database, installation, addresses, started });
    await announce(config, installation, addresses);
    if (process.getuid?.() === 0)
      log.warn('Running as root, and so do the tasks of the agent beside the server');
    return { stop: () => started.stop() };
  } catch (error) {
    await started.stop();
    throw error;
  }
}

async function prepareData({ data }: Config): Promise<void> {
  try {
    await makeFolder(data);
    await access(data, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartupError(
      `the data folder ${data} cannot be written (${code}): set ARNO_DATA to one that can`,
    );
  }
}

/** Step by step: where a parent takes no folders, such as /proc, Node's recursive mkdir never ends. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || existsSync(dirname(path))) throw error;
    await makeFolder(dirname(path));
    await mkdir(path);
  }
}

function portSettings({ bind, ports }: Config): Record<string, PortWanted> {
  return {
    ARNO_WEB_PORT: { bind, port: ports.web },
    ARNO_API_PORT: { bind, port: ports.api },
    ARNO_FILES_PORT: { bind, port: ports.files },
    ARNO_SERVING_PORT: { bind: servingBind, port: ports.serving },
  };
}

/** The external database, or the embedded one started for it. */
async function openChecked(
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
  const host =
    bind === '0.0.0.0' ? '127.0.0.1' : bind === '::' ? '[::1]' : bind.includes(':') ? `[${bind}]` : bind;
  const url = (port: number) => `http://${host}:${port}`;
  const serving = `http://${servingBind}:${ports.serving}`;
  return { web: url(ports.web), api: url(ports.api), files: url(ports.files), serving };
}

interface Parts {
  config: Config;
  output: LogOutput;
  database: Database;
  installation: Installation;
  addresses: Addresses;
  started: Started;
}

/** 5 GiB: above any artifact and most models; larger data belongs into an object store. */
const maxFileBytes = 5 * 1024 ** 3;

async function startRoles(parts: Parts): Promise<void> {
  const { config, output, database, installation, addresses, started } = parts;
  const { db, pool } = database;
  const store = await openFileStore(join(config.data, 'files'), config.filesS3);
  const { data, demo: wanted } = config;
  await seedDemo({ db, store, caller: installation.admin, data, addresses, wanted });
  await followOwnRuntime(db, addresses.serving);
  const queued = new Notifications(pool, queueChannel, output.log);
  await queued.start();
  started.add(() => queued.close());
  const serving = await servingChild(config, output);
  const agent = config.agent ? await agentChild(config, output, installation, addresses) : undefined;
  const files = openFiles(parts, store);
  const doors = openDoors(parts, files, queued, () =>
    health({ db, serving, agent, servingUrl: addresses.serving, agentUser: installation.agent.userId }),
  );
  const closeListeners = await listen(doors, config);
  started.add(closeListeners);
  // Agents in a long poll are answered before their connections are waited for.
  started.add(() => queued.close());
  started.add(startJobs(db, files.deletions, config.leases, output.log));
  for (const child of [serving, agent]) {
    if (!child) continue;
    child.start();
    started.add(() => child.stop());
  }
}

interface Files {
  store: FileStore;
  rights: FileRights;
  deletions: FileDeletions;
}

function openFiles({ config: { ports }, database: { db }, output: { log } }: Parts, store: FileStore): Files {
  const rights = new FileRights(db);
  return { store, rights, deletions: new FileDeletions({ db, store, rights, ports, log }) };
}

/** The plugins behind the listeners. */
function openDoors(parts: Parts, kept: Files, queued: Notifications, report: Doors['health']): Doors {
  const { config, installation } = parts;
  const { log } = parts.output;
  const { db } = parts.database;
  const { auth, id: installationId } = installation;
  const authenticate = (authorization: string | undefined, request: RequestOrigin) =>
    auth.authenticate(authorization, request);
  const signer = new UrlSigner(installation.secret);
  const { web, api, files } = config.ports;
  const links = new FileLinks(kept.store, signer, { files, web });
  const rules = { ownPorts: [web, api, files] };
  const oidc = config.oidc && new OidcLogin(db, config.oidc, installation.secret);
  const ssoUrl = oidc && '/console/v1/login/oidc';
  const networks = config.allowedNetworks.length > 0 ? new Networks(config.allowedNetworks) : undefined;
  const endpoints = clearmlEndpoints({ auth, queued, installationId, ssoUrl, leases: config.leases });
  return {
    clearml: clearmlApi({
      ...{ db, log, networks, authenticate, endpoints, contracts: new Contracts() },
      allowedOrigins: config.allowedOrigins,
      authenticateReport: rememberingCallers(authenticate),
    }),
    files: fileServer({
      ...{ ...kept, authenticate, networks, signer, log },
      maxBytes: maxFileBytes,
    }),
    gateway: gateway({ db, log, auth, tasks: embeddedTasks, files: links, addresses: rules }),
    console: consoleApi({ db, log, auth, oidc, addresses: rules }),
    health: report,
  };
}

/** Tells a person how to get in; the one place where something is written that is not a log line. */
async function announce(
  { data }: Config,
  { newPassword }: Installation,
  addresses: Addresses,
): Promise<void> {
  const kept = await passwordFile(data);
  const hint = kept
    ? `the first password is in ${kept}`
    : 'npm start -- --reset-password gives a new password';
  const login = newPassword ? `log in as admin with password ${newPassword}` : `log in as admin; ${hint}`;
  const lines = [
    '',
    `  Arno ${arnoVersion} is running. Press Ctrl-C to stop it.`,
    '',
    `  Console      ${addresses.web}`,
    `               ${login}`,
    `  ClearML API  ${addresses.api}`,
    `  SDK          export CLEARML_CONFIG_FILE=${join(data, 'clearml.conf')}`,
    `  Gateway      ${addresses.web}/gateway/v1 with the token in ${join(data, 'token')}`,
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
