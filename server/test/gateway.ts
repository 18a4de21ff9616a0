import Fastify, { type FastifyInstance } from 'fastify';
import type { Selectable } from 'kysely';
import { Registry } from 'prom-client';
import type { Caller, Scope } from '../src/clearml/endpoint.ts';
import type { OidcConfig } from '../src/config.ts';
import type { Auth } from '../src/features/auth/index.ts';
import { AccessTokens, OidcProvider, type ProviderTiming } from '../src/features/login/index.ts';
import { createEndpointMapping, createMachineMapping } from '../src/features/mappings/index.ts';
import { createTask } from '../src/features/tasks/index.ts';
import {
  answerUnreadablePath,
  Callbacks,
  type CallbacksOptions,
  CallLog,
  callsChannel,
  EmbeddedTasks,
  GatewayMetrics,
  gateway,
  type ResultFiles,
  Serving,
  watchMachines,
} from '../src/gateway/index.ts';
import { ensureInstallation } from '../src/installation.ts';
import { newId, sha256 } from '../src/platform/ids.ts';
import { createLog, type Logger } from '../src/platform/log.ts';
import { Networks } from '../src/platform/networks.ts';
import { Notifications } from '../src/platform/notifications.ts';
import { Presence } from '../src/platform/presence.ts';
import type { DB } from '../src/platform/schema.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

export type CallRow = Selectable<DB['calls']>;

const json = { 'content-type': 'application/json' };
const bodyChars = 16_000;

interface TestGatewayOptions {
  files?: ResultFiles;
  ownPorts?: number[];
  log?: string;
  /** A single sign-on whose access tokens call. */
  oidc?: OidcConfig;
  timing?: Partial<ProviderTiming>;
  /** Calls that a serving machine may have pending. */
  maxPending?: number;
  /** Origins whose pages may call from a browser. */
  allowedOrigins?: string[];
  /** Faster than a real one. */
  callbacks?: Pick<CallbacksOptions, 'firstDelayMs' | 'timeoutMs'>;
  /** What listens on the same port: the console, as in a whole server. */
  beside?: (app: FastifyInstance, parts: GatewayParts) => Promise<void>;
  /** Be another replica of this one: on its database, which stays the other's to close. */
  replicaOf?: { database: TestDatabase };
}

interface GatewayParts {
  database: TestDatabase;
  auth: Auth;
  serving: Serving;
  log: Logger;
}

/** The gateway listening on a port, on a database of its own. */
export async function createTestGateway(options: TestGatewayOptions = {}) {
  const database = options.replicaOf?.database ?? (await createTestDatabase());
  const { auth, admin } = await ensureInstallation(database.db);
  // A fetch that was aborted leaves a connection without a request behind, which is not idle to the server.
  const app = Fastify({ forceCloseConnections: true, frameworkErrors: answerUnreadablePath });
  const routes: { method: string; path: string }[] = [];
  app.addHook('onRoute', ({ method, path }) => {
    for (const each of [method].flat()) routes.push({ method: each, path });
  });
  const ownPorts = options.ownPorts ?? [];
  const log = createLog(options.log ?? 'warn');
  const presence = new Presence(database.pool, log);
  await presence.start();
  const { db, pool } = database;
  const serving = new Serving({
    db,
    pool,
    log,
    addresses: { ownPorts },
    maxPending: options.maxPending ?? 1024,
  });
  const registry = new Registry();
  const metrics = new GatewayMetrics(registry);
  watchMachines(registry, serving.machines);
  await serving.start();
  const provider = options.oidc && new OidcProvider(options.oidc, log, options.timing);
  const tasks = new EmbeddedTasks(db);
  const files = {
    of: () => options.files ?? { link: (uri: string) => uri, read: async () => undefined },
  };
  const statusChanges = new Notifications(pool, callsChannel, log);
  await statusChanges.start();
  const callbacks = new Callbacks({
    onTry: metrics.calledBack,
    ...{ db, log, tasks, files },
    addresses: { ownPorts, networks: new Networks(['127.0.0.0/8']), allowsPublic: true },
    ...options.callbacks,
  });
  await app.register(
    gateway({
      db: database.db,
      log,
      auth,
      accessTokens: provider && new AccessTokens(provider),
      calls: new CallLog({
        ...{ database, log, bodyChars, server: presence.number },
        onCommit: metrics.committed,
      }),
      bodyChars,
      tasks,
      files,
      metrics,
      serving,
      callbacks,
      statusChanges,
      allowedOrigins: options.allowedOrigins,
    }),
  );
  await options.beside?.(app, { database, auth, serving, log });
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  const { token } = await auth.createAccessToken(admin.userId, 'tests');
  const scope = (caller: Caller = admin): Scope => ({ db: database.db, caller, now: new Date() });

  return {
    database,
    presence,
    serving,
    registry,
    /** Of the gateway, as Fastify has them. */
    routes,
    callbacks,
    auth,
    admin,
    token,
    address,
    server: app.server,
    scope,
    post: (
      path: string,
      body: unknown,
      headers: Record<string, string> = { authorization: `Bearer ${token}` },
      signal: AbortSignal | null = null,
    ) =>
      fetch(address + path, {
        method: 'POST',
        signal,
        headers: { ...json, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    get: (path: string, bearer = token) =>
      fetch(address + path, { headers: { authorization: `Bearer ${bearer}` } }),
    /** The newest row of the log. */
    async lastCall(): Promise<CallRow> {
      return database.db
        .selectFrom('calls')
        .selectAll()
        .orderBy('created', 'desc')
        .limit(1)
        .executeTakeFirstOrThrow();
    },
    async callCount(): Promise<number> {
      const { count } = await database.db
        .selectFrom('calls')
        .select((expression) => expression.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      return count;
    },
    /** Another person of the same company, with a token. */
    async addUser(role: Caller['role']): Promise<{ caller: Caller; token: string }> {
      const id = newId();
      const { company, companyName } = admin;
      await database.db
        .insertInto('users')
        .values({ id, company, username: id, name: `${role} ${id.slice(0, 4)}`, role })
        .execute();
      const { token } = await auth.createAccessToken(id, 'tests');
      return { caller: { userId: id, userName: role, company, companyName, role }, token };
    },
    /** An endpoint on machines that listen on these ports of this machine. */
    async addModel(endpoint: string, ports: number[], deadlineMs?: number) {
      const taskId = await createTask(scope(), { name: `serving of ${endpoint}`, type: 'inference' });
      for (const port of ports) {
        const base_url = `http://127.0.0.1:${port}/serve`;
        await createMachineMapping(scope(), { ownPorts: [] }, { serving_task_id: taskId, base_url });
      }
      await createEndpointMapping(scope(), {
        serving_task_id: taskId,
        endpoint,
        ...(deadlineMs !== undefined && { deadline_ms: deadlineMs }),
      });
      return { taskId, machineId: sha256(taskId) };
    },
    async close() {
      await app.close();
      await callbacks.close();
      statusChanges.close();
      await serving.close();
      presence.close();
      if (!options.replicaOf) await database.close();
    },
  };
}

export type TestGateway = Awaited<ReturnType<typeof createTestGateway>>;
