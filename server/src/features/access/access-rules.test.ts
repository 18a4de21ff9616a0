import Fastify from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testAccess } from '../../../test/access.ts';
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { startIssuer, type TestIssuer } from '../../../test/issuer.ts';
import { Contracts } from '../../clearml/contracts.ts';
import type { Scope } from '../../clearml/endpoint.ts';
import { clearmlApi } from '../../clearml/router.ts';
import { ensureInstallation, type Installation } from '../../installation.ts';
import { inTransaction } from '../../platform/database.ts';
import { createLog } from '../../platform/log.ts';
import { FileRights, type FileStore, fileServer, UrlSigner } from '../files/index.ts';
import { AccessTokens, OidcProvider } from '../login/index.ts';
import { systemEndpoints } from '../system/index.ts';
import { writeNetworks } from './networks.ts';
import { writeRoleMap } from './role-map.ts';

const log = createLog('silent');
let database: TestDatabase;
let installation: Installation;
let issuer: TestIssuer;

beforeAll(async () => {
  database = await createTestDatabase();
  installation = await ensureInstallation(database.db);
  issuer = await startIssuer();
});

afterAll(async () => {
  await issuer.close();
  await database.close();
});

const write = (work: (scope: Scope) => Promise<void>) =>
  inTransaction(database.db, (db) => work({ db, caller: installation.admin, now: new Date() }));

/** The API and the file server of one replica, which hears of changes from PostgreSQL alone. */
async function startReplica() {
  const { settings, accessRules } = testAccess(database, log);
  await settings.start();
  const app = Fastify();
  const authenticate = () => installation.auth.authenticate(undefined, { ip: '', headers: {} });
  const common = { networks: accessRules, log, authenticate };
  const endpoints = systemEndpoints({
    installationId: 'id',
    leases: { workerTimeout: 60, taskTimeout: 7200 },
    endpoints: () => [],
  });
  await app.register(clearmlApi({ ...common, db: database.db, endpoints, contracts: new Contracts() }), {
    prefix: '/api',
  });
  const deletions = { cancel: async () => {} };
  const files = {
    store: {} as FileStore,
    signer: new UrlSigner('secret'),
    rights: new FileRights(database.db),
  };
  await app.register(fileServer({ ...common, ...files, deletions, maxBytes: 1 }), { prefix: '/files' });
  const status = async (url: string, remoteAddress: string) =>
    (await app.inject({ url, remoteAddress })).statusCode;
  return {
    accessRules,
    /** What the API and the file server answer to an address. */
    answers: async (address: string) => [
      await status('/api/debug.ping', address),
      await status('/files/', address),
    ],
    async close() {
      await app.close();
      await settings.close();
    },
  };
}

test('networks that an administrator edits hold at the listeners of every replica without a restart', async () => {
  const replicas = [await startReplica(), await startReplica()];
  for (const { answers } of replicas) expect(await answers('203.0.113.9')).toEqual([200, 200]);
  await write((scope) => writeNetworks(scope, ['10.1.0.0/16']));
  for (const { answers } of replicas) {
    await expect.poll(() => answers('203.0.113.9')).toEqual([403, 403]);
    expect(await answers('10.1.2.3')).toEqual([200, 200]);
  }
  const late = await startReplica();
  expect(await late.answers('203.0.113.9')).toEqual([403, 403]);
  await write((scope) => writeNetworks(scope, []));
  for (const { answers } of [...replicas, late])
    await expect.poll(() => answers('203.0.113.9')).toEqual([200, 200]);
  for (const replica of [...replicas, late]) await replica.close();
});

test('what the environment says is not touched by what was saved', async () => {
  await write((scope) => writeNetworks(scope, ['10.1.0.0/16']));
  const { settings, accessRules } = testAccess(database, log, { allowedNetworks: ['192.0.2.0/24'] });
  await settings.start();
  expect(['10.1.2.3', '192.0.2.1'].map((address) => accessRules.includes(address))).toEqual([false, true]);
  await settings.close();
  await write((scope) => writeNetworks(scope, []));
});

test('a token that calls has the role that the map gives it now', async () => {
  const oidc = { ...issuer.config, roles: undefined };
  const { settings, accessRules } = testAccess(database, log, { oidc });
  await settings.start();
  const tokens = new AccessTokens(new OidcProvider(oidc, log, { roles: () => accessRules.roles }));
  const token = await issuer.sign({ realm_access: { roles: ['AreaManager'] } });
  const role = async () => (await tokens.verify(token, async () => {})).person.role;
  expect(await role()).toBe('developer');
  const after = new Map([['AreaManager', 'user' as const]]);
  await write((scope) => writeRoleMap(scope, issuer.issuer, { before: accessRules.roles, after }));
  await expect.poll(role).toBe('user');
  await settings.close();
});

test('a broken connection is made up for', async () => {
  const { settings, accessRules } = testAccess(database, log);
  await settings.start();
  await database.pool.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE query = 'LISTEN arno_settings' AND datname = current_database()`,
  );
  await write((scope) => writeNetworks(scope, ['10.1.0.0/16']));
  await expect.poll(() => accessRules.networks).toEqual(['10.1.0.0/16']);
  await settings.close();
});
