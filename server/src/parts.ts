import { join } from 'node:path';
import type { Registry } from 'prom-client';
import type { Addresses } from './access-files.ts';
import { agentAddress, type Config } from './config.ts';
import { AccessRules, accessKeys } from './features/access/index.ts';
import {
  FileDeletions,
  FileLinks,
  FileRights,
  type FileStore,
  FileUsage,
  openFileStore,
  UrlSigner,
} from './features/files/index.ts';
import { queueChannel } from './features/queues/index.ts';
import {
  Callbacks,
  callChannel,
  callsChannel,
  EmbeddedTasks,
  GatewayMetrics,
  type RemoteFiles,
  RemoteTasks,
  Serving,
  type TaskBackend,
} from './gateway/index.ts';
import type { Installation } from './installation.ts';
import { createRegistry } from './metrics/index.ts';
import type { Database } from './platform/database.ts';
import { LiveSettings } from './platform/live-settings.ts';
import type { LogOutput } from './platform/log.ts';
import { Networks } from './platform/networks.ts';
import { Notifications } from './platform/notifications.ts';
import type { Presence } from './platform/presence.ts';
import type { Started } from './started.ts';

/** What every role is built from. */
export interface Base {
  config: Config;
  output: LogOutput;
  database: Database;
  presence: Presence;
  installation: Installation;
  addresses: Addresses;
  started: Started;
}

/** What the doors share, with each other and with the periodic work. All of it ends with the process. */
export interface Parts extends Base, CallParts {
  accessRules: AccessRules;
  files: Files;
  /** Routes and machines of the gateway, which the console shows and tests. */
  models: Serving;
  /** The ClearML server that tasks live on, when it is another one. */
  remote: RemoteTasks | undefined;
  /** Tells who waits for tasks that there is one. */
  queued: Notifications;
  /** Tells which calls are new in the log. */
  callChanges: Notifications;
}

export interface Files {
  store: FileStore;
  rights: FileRights;
  deletions: FileDeletions;
  usage: FileUsage;
  signer: UrlSigner;
}

/** Where the tasks and results of queued calls are, and how others hear what becomes of them. */
interface CallParts {
  tasks: TaskBackend;
  results: FileLinks | RemoteFiles;
  /** What becomes of calls. */
  statusChanges: Notifications;
  callbacks: Callbacks;
  registry: Registry;
  metrics: GatewayMetrics;
}

export async function openParts(base: Base, files: Files): Promise<Parts> {
  const remote = remoteTasks(base);
  return {
    ...base,
    files,
    remote,
    queued: await follow(base, queueChannel),
    callChanges: await follow(base, callChannel),
    accessRules: await followAccessRules(base),
    models: await followModels(base),
    ...(await followCalls(base, remote, files)),
  };
}

async function follow({ database, output, started }: Base, channel: string): Promise<Notifications> {
  const notifications = new Notifications(database.pool, channel, output.log);
  started.add(() => notifications.close());
  await notifications.start();
  return notifications;
}

export async function openFiles({
  config,
  database: { db },
  output,
  installation,
  started,
}: Base): Promise<Files> {
  const { log } = output;
  const store = await openFileStore(join(config.data, 'files'), config.filesS3);
  const rights = new FileRights(db);
  const usage = new FileUsage(store, log);
  started.add(() => usage.close());
  return {
    ...{ store, rights, usage, signer: new UrlSigner(installation.secret) },
    deletions: new FileDeletions({ db, store, rights, ports: config.ports, log }),
  };
}

function remoteTasks({ config, output, database, presence, started }: Base): RemoteTasks | undefined {
  const { clearml } = config;
  if (!clearml) return undefined;
  const remote = new RemoteTasks({ ...clearml, db: database.db, log: output.log, server: presence.number });
  started.add(() => remote.close());
  return remote;
}

/** Who may come in, as administrators change it while the server runs. */
async function followAccessRules({ config, database, output: { log }, started }: Base): Promise<AccessRules> {
  const settings = new LiveSettings({ ...database, log, keys: accessKeys });
  started.add(() => settings.close());
  await settings.start();
  const rules = new AccessRules(settings, config);
  const own = agentAddress(config.bind);
  if (config.roles.has('agent') && !rules.includes(own))
    log.warn(`The allowed networks leave out ${own}: the agent beside the server cannot reach it`);
  return rules;
}

async function followModels({ config, output, database, started }: Base): Promise<Serving> {
  const { web, api, files, serving: runtimePort } = config.ports;
  const { servingNetworks, machinePending: maxPending } = config;
  const networks = servingNetworks.length > 0 ? new Networks(servingNetworks) : undefined;
  const addresses = { ownPorts: [web, api, files], networks, runtimePort };
  const models = new Serving({ ...database, log: output.log, addresses, maxPending });
  started.add(() => models.close());
  await models.start();
  return models;
}

async function followCalls(
  base: Base,
  remote: RemoteTasks | undefined,
  { store, signer }: Files,
): Promise<CallParts> {
  const { config, output, database, started } = base;
  const { db, pool } = database;
  const { ports } = config;
  const tasks = remote ?? new EmbeddedTasks(db);
  const results = remote?.files ?? new FileLinks(store, signer, ports);
  const statusChanges = await follow(base, callsChannel);
  const networks = new Networks(config.callbackNetworks);
  const networksSetting = 'ARNO_CALLBACK_NETWORKS';
  const addresses = { ownPorts: Object.values(ports), networks, allowsPublic: true, networksSetting };
  const registry = createRegistry(pool);
  const metrics = new GatewayMetrics(registry);
  const callbacks = new Callbacks({
    ...{ db, log: output.log, tasks, files: results, addresses },
    onTry: metrics.calledBack,
  });
  started.add(() => callbacks.close());
  return { tasks, results, statusChanges, callbacks, registry, metrics };
}
