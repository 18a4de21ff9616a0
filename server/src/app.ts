import { join } from 'node:path';
import type { Registry } from 'prom-client';
import { type Addresses, writeAccessFiles, writePassword } from './access-files.ts';
import { announce } from './announce.ts';
import { agentChild, servingBind, servingChild } from './children.ts';
import { Contracts } from './clearml/contracts.ts';
import { clearmlApi } from './clearml/router.ts';
import type { Config } from './config.ts';
import { consoleApi } from './console/index.ts';
import { prepareDataFolder } from './data-folder.ts';
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
import { AccessTokens, OidcLogin, OidcProvider } from './features/login/index.ts';
import { followOwnRuntime, ownTasks } from './features/mappings/index.ts';
import { queueChannel } from './features/queues/index.ts';
import {
  Callbacks,
  CallFeed,
  CallLog,
  callChannel,
  callsChannel,
  closeInterruptedCalls,
  EmbeddedTasks,
  GatewayMetrics,
  gateway,
  type RemoteFiles,
  RemoteTasks,
  Serving,
  type TaskBackend,
  watchMachines,
} from './gateway/index.ts';
import { health } from './health.ts';
import { type Doors, listen } from './http.ts';
import { ensureInstallation, type Installation } from './installation.ts';
import { startJobs } from './jobs.ts';
import { BacklogMetrics, createRegistry, metricsEndpoint } from './metrics/index.ts';
import { openConfiguredDatabase } from './open-database.ts';
import type { Database } from './platform/database.ts';
import type { LogOutput } from './platform/log.ts';
import { migrate } from './platform/migrate.ts';
import { Networks } from './platform/networks.ts';
import { Notifications } from './platform/notifications.ts';
import { type PortWanted, requireFreePorts } from './platform/ports.ts';
import { Presence } from './platform/presence.ts';
import { Started } from './started.ts';

export interface Server {
  /** Drains and ends everything this process started. */
  stop(): Promise<void>;
}

/**
 * Starts the roles of the given settings: database, migrations, accounts, listeners, serving runtime and agent. All wiring is
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
    await prepareDataFolder(config.data);
    await requireFreePorts(portSettings(config));
    const database = await openConfiguredDatabase(config, log, onCrash, started);
    const { applied } = await migrate(database.db);
    log.info({ applied: applied.length }, 'Database ready');
    const presence = new Presence(database.pool, log);
    await presence.start();
    started.add(() => presence.close());
    await closeInterruptedCalls(database.db);
    const installation = await ensureInstallation(database.db, {
      resetPassword: config.resetPassword,
      keepPassword: (password) => writePassword(config.data, password),
      allowedOrigins: config.allowedOrigins,
    });
    const addresses = localAddresses(config);
    await writeAccessFiles(installation, config.data, config.roles.has('api') ? addresses : undefined);
    await startRoles({ config, output, database, presence, installation, addresses, started });
    await announce(config, installation, addresses);
    if (process.getuid?.() === 0 && config.roles.has('agent'))
      log.warn('Running as root, and so do the tasks of the agent beside the server');
    return { stop: () => started.stop() };
  } catch (error) {
    await started.stop();
    throw error;
  }
}

/** The ports of the roles that are run. */
function portSettings({ bind, ports, roles }: Config): Record<string, PortWanted> {
  return {
    ...((roles.has('web') || roles.has('gateway')) && { ARNO_WEB_PORT: { bind, port: ports.web } }),
    ...(roles.has('api') && { ARNO_API_PORT: { bind, port: ports.api } }),
    ...(roles.has('files') && { ARNO_FILES_PORT: { bind, port: ports.files } }),
    ...(roles.has('serving') && { ARNO_SERVING_PORT: { bind: servingBind, port: ports.serving } }),
  };
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
  presence: Presence;
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
  const { data, demo: wanted, roles } = config;
  const hasDemo = roles.has('api') && roles.has('serving') && !config.clearml;
  if (hasDemo) await seedDemo({ db, store, caller: installation.admin, data, addresses, wanted });
  if (roles.has('serving')) await followOwnRuntime(db, addresses.serving);
  const queued = new Notifications(pool, queueChannel, output.log);
  await queued.start();
  started.add(() => queued.close());
  const callChanges = new Notifications(pool, callChannel, output.log);
  await callChanges.start();
  started.add(() => callChanges.close());
  const models = await followModels(parts);
  const remote = remoteTasks(parts);
  started.add(async () => remote?.close());
  const kept = openFiles(parts, store);
  const called = await followCalls(parts, remote, store);
  const serving = roles.has('serving') ? await servingChild(config, output) : undefined;
  const agent = roles.has('agent') ? await agentChild(config, output, installation, addresses) : undefined;
  const doors = openDoors({ ...parts, ...called, models, callChanges, remote }, kept, queued, () =>
    health({
      ...{ db, roles, remote, serving, agent },
      servingUrl: addresses.serving,
      agentUser: installation.agent.userId,
    }),
  );
  const closeListeners = await listen(doors, config);
  started.add(closeListeners);
  // Agents in a long poll are answered before their connections are waited for.
  started.add(() => queued.close());
  const { leases, calls } = config;
  const { callbacks } = called;
  const { deletions } = kept;
  const callRetentionDays = calls.retentionDays;
  const jobs = { roles, leases, deletions, callRetentionDays, remote: remote?.work, callbacks };
  started.add(startJobs(db, jobs, output.log));
  for (const child of [serving, agent]) {
    if (!child) continue;
    child.start();
    started.add(() => child.stop());
  }
}

/** The ClearML server that tasks live on, when it is another one. */
function remoteTasks({ config, output, database, presence }: Parts): RemoteTasks | undefined {
  const { clearml } = config;
  return (
    clearml && new RemoteTasks({ ...clearml, db: database.db, log: output.log, server: presence.number })
  );
}

/** Routes and machines of the gateway, which console and gateway share. */
async function followModels({ config, output, database, started }: Parts): Promise<Serving> {
  const { web, api, files, serving: runtimePort } = config.ports;
  const { servingNetworks, machinePending: maxPending } = config;
  const networks = servingNetworks.length > 0 ? new Networks(servingNetworks) : undefined;
  const addresses = { ownPorts: [web, api, files], networks, runtimePort };
  const models = new Serving({ ...database, log: output.log, addresses, maxPending });
  started.add(() => models.close());
  await models.start();
  return models;
}

/** Where the tasks and results of queued calls are, and how others hear what becomes of them. */
interface CallParts {
  tasks: TaskBackend;
  files: FileLinks | RemoteFiles;
  /** What becomes of calls. */
  statusChanges: Notifications;
  callbacks: Callbacks;
  registry: Registry;
  metrics: GatewayMetrics;
}

async function followCalls(
  { config, output, database, installation, started }: Parts,
  remote: RemoteTasks | undefined,
  store: FileStore,
): Promise<CallParts> {
  const { db, pool } = database;
  const { log } = output;
  const { ports } = config;
  const tasks = remote ?? new EmbeddedTasks(db);
  const files = remote?.files ?? new FileLinks(store, new UrlSigner(installation.secret), ports);
  const statusChanges = new Notifications(pool, callsChannel, log);
  await statusChanges.start();
  started.add(() => statusChanges.close());
  const networks = new Networks(config.callbackNetworks);
  const networksSetting = 'ARNO_CALLBACK_NETWORKS';
  const addresses = { ownPorts: Object.values(ports), networks, allowsPublic: true, networksSetting };
  const registry = createRegistry(pool);
  const metrics = new GatewayMetrics(registry);
  const callbacks = new Callbacks({ db, log, tasks, files, addresses, onTry: metrics.calledBack });
  started.add(() => callbacks.close());
  return { tasks, files, statusChanges, callbacks, registry, metrics };
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
function openDoors(
  parts: Parts & CallParts & { models: Serving; callChanges: Notifications; remote: RemoteTasks | undefined },
  kept: Files,
  queued: Notifications,
  report: Doors['health'],
): Doors {
  const { config, installation, presence, models, remote, tasks, callbacks, statusChanges } = parts;
  const { registry, metrics } = parts;
  const { log } = parts.output;
  const { db, pool } = parts.database;
  const { auth, id: installationId } = installation;
  const authenticate = (authorization: string | undefined, request: RequestOrigin) =>
    auth.authenticate(authorization, request);
  const signer = new UrlSigner(installation.secret);
  const provider = config.oidc && new OidcProvider(config.oidc, log);
  const oidc = provider && new OidcLogin(db, provider, installation.secret);
  const accessTokens = provider && new AccessTokens(provider);
  const ssoUrl = oidc && '/console/v1/login/oidc';
  const networks = config.allowedNetworks.length > 0 ? new Networks(config.allowedNetworks) : undefined;
  const { bodyChars } = config.calls;
  watchMachines(registry, models.machines);
  const calls = new CallLog({
    ...{ pool, log, bodyChars, server: presence.number, onCommit: metrics.committed },
    underWay: () => metrics.modelCallsInFlight,
  });
  const endpoints = clearmlEndpoints({ auth, queued, installationId, ssoUrl, leases: config.leases });
  const { roles } = config;
  const doors: Required<Doors> = {
    clearml: clearmlApi({
      ...{ db, log, networks, authenticate, endpoints, contracts: new Contracts() },
      allowedOrigins: config.allowedOrigins,
      authenticateReport: rememberingCallers(authenticate),
    }),
    files: fileServer({
      ...{ ...kept, authenticate, networks, signer, log },
      maxBytes: maxFileBytes,
    }),
    gateway: gateway({
      db,
      log,
      auth,
      accessTokens,
      calls,
      bodyChars,
      metrics,
      tasks,
      files: parts.files,
      serving: models,
      callbacks,
      statusChanges,
    }),
    console: consoleApi({
      ...{ db, log, auth, oidc },
      callFeed: new CallFeed(parts.callChanges),
      serving: models,
      tasks: remote?.source ?? ownTasks,
    }),
    metrics: metricsEndpoint({
      ...{ registry, log, auth, token: config.metricsToken },
      backlog: new BacklogMetrics(registry, db, log),
    }),
    health: report,
  };
  return {
    clearml: roles.has('api') ? doors.clearml : undefined,
    files: roles.has('files') ? doors.files : undefined,
    gateway: roles.has('gateway') ? doors.gateway : undefined,
    console: roles.has('web') ? doors.console : undefined,
    metrics: doors.metrics,
    health: report,
  };
}
