import Fastify, { type RouteOptions } from 'fastify';
import type { Kysely } from 'kysely';
import type { Caller, Scope } from '../src/clearml/endpoint.ts';
import type { OidcConfig } from '../src/config.ts';
import { consoleApi, type ServerFacts } from '../src/console/index.ts';
import { hashPassword } from '../src/features/auth/index.ts';
import { OidcLogin, OidcProvider } from '../src/features/login/index.ts';
import { ownTasks } from '../src/features/mappings/index.ts';
import { CallRetention } from '../src/features/system/index.ts';
import { CallFeed, callChannel, Serving } from '../src/gateway/index.ts';
import { ensureInstallation } from '../src/installation.ts';
import { newId } from '../src/platform/ids.ts';
import { createLog } from '../src/platform/log.ts';
import { Notifications } from '../src/platform/notifications.ts';
import type { DB } from '../src/platform/schema.ts';
import { roleNames } from '../src/roles.ts';
import { testAccess } from './access.ts';
import { createTestDatabase } from './database.ts';

export interface ConsoleAnswer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read single fields of answers.
  body: any;
}

/** A process with all roles that has just started and runs no jobs. */
export function testServerFacts(db: Kysely<DB>, changes: Partial<ServerFacts> = {}): ServerFacts {
  return {
    ...{ startedAt: new Date(), number: 0, roles: new Set(roleNames), tracking: { here: true } },
    ...{ workerTimeout: 60, embeddedDatabase: true, settings: [], secrets: [] },
    recentLog: () => [],
    jobs: () => [],
    health: async () => ({ status: 'ok', roles: { database: 'ok' } }),
    files: { report: async () => ({ kind: 'disk', location: '/files', counting: false }) },
    callRetention: new CallRetention(db, { retentionDays: 90, retentionIsFixed: false }),
    ...changes,
  };
}

/** The console's API listening on a port, on a database of its own. */
export async function createTestConsole({
  ownPorts = [],
  oidc,
  allowedNetworks = [],
  ownAgentAddress,
  server = {},
}: {
  server?: Partial<ServerFacts>;
  ownPorts?: number[];
  allowedNetworks?: string[];
  ownAgentAddress?: string;
  oidc?: OidcConfig;
} = {}) {
  const database = await createTestDatabase();
  const { auth, admin, secret, newPassword: firstPassword = '' } = await ensureInstallation(database.db);
  const app = Fastify({ forceCloseConnections: true });
  const { db } = database;
  const log = createLog('warn');
  const serving = new Serving({ db, pool: database.pool, log, addresses: { ownPorts }, maxPending: 1024 });
  await serving.start();
  const callChanges = new Notifications(database.pool, callChannel, log);
  await callChanges.start();
  const { settings, accessRules } = testAccess(database, log, { allowedNetworks, oidc });
  await settings.start();
  const provider = oidc && new OidcProvider(oidc, log, { roles: () => accessRules.roles });
  const options = {
    ...{ accessRules, ownAgentAddress },
    ...{ db, log, auth, serving, tasks: ownTasks, callFeed: new CallFeed(callChanges) },
    server: testServerFacts(db, server),
    hasGateway: false,
    oidc: provider && new OidcLogin(db, provider, secret),
  };
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    routes.push(route);
  });
  await app.register(consoleApi(options), { prefix: '/console/v1' });
  const address = await app.listen({ port: 0, host: '127.0.0.1' });
  const { token } = await auth.openSession(admin);

  return {
    database,
    address,
    /** All that the console answers to. */
    routes,
    auth,
    admin,
    firstPassword,
    scope: (): Scope => ({ db: database.db, caller: admin, now: new Date() }),
    /** As the administrator and from our own page, unless the headers say otherwise. */
    async call(
      method: string,
      path: string,
      body?: unknown,
      headers: Record<string, string> = { cookie: `clearml_token_basic=${token}` },
    ): Promise<ConsoleAnswer> {
      const response = await fetch(`${address}/console/v1/${path}`, {
        method,
        headers: {
          'sec-fetch-site': 'same-origin',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text ? JSON.parse(text) : undefined,
      };
    },
    /** Headers that speak for another person of the same company. */
    async personOf(
      role: Caller['role'],
      password?: string,
    ): Promise<{ id: string; headers: { authorization: string } }> {
      const id = newId();
      const password_hash = password === undefined ? null : await hashPassword(password);
      const user = { id, company: admin.company, username: id, name: role, role, password_hash };
      await database.db.insertInto('users').values(user).execute();
      const session = await auth.createAccessToken(id, 'tests');
      return { id, headers: { authorization: `Bearer ${session.token}` } };
    },
    async close() {
      await app.close();
      callChanges.close();
      await settings.close();
      await serving.close();
      await database.close();
    },
  };
}

export type TestConsole = Awaited<ReturnType<typeof createTestConsole>>;
