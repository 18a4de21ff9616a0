import { type Addresses, writeAccessFiles, writePassword } from './access-files.ts';
import { announce } from './announce.ts';
import { agentChild, servingBind, servingChild } from './children.ts';
import type { Config } from './config.ts';
import { prepareDataFolder } from './data-folder.ts';
import { seedDemo } from './demo/index.ts';
import { openDoors } from './doors.ts';
import { followOwnRuntime } from './features/mappings/index.ts';
import { CallRetention } from './features/system/index.ts';
import { closeInterruptedCalls } from './gateway/index.ts';
import { health } from './health.ts';
import { listen } from './http.ts';
import { ensureInstallation } from './installation.ts';
import { Jobs } from './jobs.ts';
import { openConfiguredDatabase } from './open-database.ts';
import { type Base, openFiles, openParts } from './parts.ts';
import type { LogOutput } from './platform/log.ts';
import { migrate } from './platform/migrate.ts';
import { type PortWanted, requireFreePorts } from './platform/ports.ts';
import { Presence } from './platform/presence.ts';
import { serverFacts } from './server-facts.ts';
import { Started } from './started.ts';

export interface Server {
  /** Drains and ends everything this process started. */
  stop(): Promise<void>;
}

/**
 * Starts the roles of the given settings: database, migrations, accounts, listeners, serving runtime and agent. What they share
 * is put together in parts.ts, what answers callers in doors.ts. When a step fails, what was started before it is stopped again.
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
    started.add(() => presence.close());
    await presence.start();
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

async function startRoles(base: Base): Promise<void> {
  const { config, output, database, installation, addresses, started } = base;
  const { roles, data, demo: wanted, leases } = config;
  const { db } = database;
  const files = await openFiles(base);
  const { store, deletions } = files;
  const hasDemo = roles.has('api') && roles.has('serving') && !config.clearml;
  if (hasDemo) await seedDemo({ db, store, caller: installation.admin, data, addresses, wanted });
  if (roles.has('serving')) await followOwnRuntime(db, addresses.serving);
  const parts = await openParts(base, files);
  const { remote, callbacks, queued } = parts;
  const serving = roles.has('serving') ? await servingChild(config, output) : undefined;
  const agent = roles.has('agent') ? await agentChild(config, output, installation, addresses) : undefined;
  const callRetention = new CallRetention(db, config.calls);
  const work = { roles, leases, callRetention, callbacks, deletions, remote: remote?.work };
  const jobs = new Jobs(db, work, output.log);
  const report = () =>
    health({
      ...{ db, roles, remote, serving, agent },
      servingUrl: addresses.serving,
      agentUser: installation.agent.userId,
    });
  const server = serverFacts({ ...base, jobs, callRetention, report, files: files.usage });
  // Calls of its models are answered until the doors are closed.
  if (serving) started.add(() => serving.stop());
  // A run that takes long is waited for when the doors are closed.
  started.add(() => jobs.stop());
  started.add(await listen(openDoors(parts, server), config));
  // Agents in a long poll are answered before their connections are waited for.
  started.add(() => queued.close());
  jobs.start();
  started.add(() => jobs.halt());
  serving?.start();
  agent?.start();
  if (agent) started.add(() => agent.stop());
}
