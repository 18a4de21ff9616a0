import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase } from '../test/database.ts';
import { Contracts } from './clearml/contracts.ts';
import { clearmlApi } from './clearml/router.ts';
import { type ConfigError, readConfig } from './config.ts';
import { FileRights, type FileStore, fileServer, UrlSigner } from './features/files/index.ts';
import { systemEndpoints } from './features/system/index.ts';
import { ensureInstallation } from './installation.ts';
import type { Database } from './platform/database.ts';
import { createLog } from './platform/log.ts';
import { Networks } from './platform/networks.ts';

let database: Database;
let app: ReturnType<typeof Fastify>;
const networks = new Networks(['10.1.0.0/16', 'fd00::/8']);

beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  const { auth } = await ensureInstallation(db);
  const log = createLog('silent');
  app = Fastify({ trustProxy: ['192.0.2.0/24'] });
  const authenticate = () => auth.authenticate(undefined, { ip: '', headers: {} });
  const common = { networks, log, authenticate };
  const endpoints = systemEndpoints({
    installationId: 'id',
    leases: { workerTimeout: 60, taskTimeout: 7200 },
    endpoints: () => [],
  });
  await app.register(clearmlApi({ ...common, db, endpoints, contracts: new Contracts() }), {
    prefix: '/api',
  });
  const [signer, rights] = [new UrlSigner('secret'), new FileRights(db)];
  const store = {} as FileStore;
  const deletions = { cancel: async () => {} };
  await app.register(fileServer({ ...common, store, signer, rights, deletions, maxBytes: 1 }), {
    prefix: '/files',
  });
});

afterAll(async () => {
  await app.close();
  await database.close();
});

const ask = (url: string, remoteAddress: string, headers: Record<string, string> = {}) =>
  app.inject({ url, remoteAddress, headers });

describe('a caller from elsewhere', () => {
  test.each(['/api/debug.ping', '/api/v2.5/tasks.get_all', '/api/nothing'])(
    'is refused by the API at %s before anything else, in its envelope',
    async (url) => {
      const answer = await ask(url, '10.2.0.1');
      expect(answer.statusCode).toBe(403);
      expect(answer.json()).toMatchObject({ meta: { result_code: 403, result_subcode: 10 }, data: {} });
    },
  );

  test.each(['/files/', '/files/a/b.txt'])('is refused by the file server at %s, in words', async (url) => {
    const answer = await ask(url, '203.0.113.9');
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([403, 'text/plain; charset=utf-8']);
    expect(answer.body).toContain('203.0.113.9');
  });

  test('does not get in by naming another address, unless a trusted proxy does so for them', async () => {
    const forwarded = { 'x-forwarded-for': '10.1.2.3' };
    expect((await ask('/api/debug.ping', '10.2.0.1', forwarded)).statusCode).toBe(403);
    expect((await ask('/api/debug.ping', '192.0.2.7', forwarded)).statusCode).toBe(200);
    expect((await ask('/api/debug.ping', '192.0.2.7')).statusCode).toBe(403);
    const outside = { 'x-forwarded-for': '10.1.2.3, 203.0.113.9' };
    expect((await ask('/api/debug.ping', '192.0.2.7', outside)).statusCode).toBe(403);
  });
});

test.each(['10.1.2.3', '::ffff:10.1.2.3', 'fd00::1'])('%s is let in', async (address) => {
  expect((await ask('/api/debug.ping', address)).statusCode).toBe(200);
  expect((await ask('/files/', address)).statusCode).toBe(200);
});

describe('settings', () => {
  const read = (environment: Record<string, string>, ...argv: string[]) =>
    readConfig(['node', 'main', ...argv], environment);
  const faults = (environment: Record<string, string>) => {
    try {
      read(environment);
    } catch (error) {
      return (error as ConfigError).faults;
    }
    return [];
  };

  test('let everybody in and trust no proxy unless told', () => {
    expect(read({})).toMatchObject({ allowedNetworks: [], trustedProxies: [] });
    expect(read({}).oidc).toBeUndefined();
  });

  test('must not lock out the agent beside the server', () => {
    const ARNO_ALLOWED_NETWORKS = '10.0.0.0/8, fd00::/8';
    expect(faults({ ARNO_ALLOWED_NETWORKS })).toEqual([expect.stringContaining('127.0.0.1')]);
    expect(read({ ARNO_ALLOWED_NETWORKS }, '--no-agent').allowedNetworks).toEqual(['10.0.0.0/8', 'fd00::/8']);
    expect(faults({ ARNO_ALLOWED_NETWORKS: '127.0.0.0/8,10.0.0.0/8' })).toEqual([]);
  });

  test('that make no sense are all named', () => {
    const wrong = {
      ARNO_ALLOWED_NETWORKS: '127.0.0.0/8,10.0.0.0',
      ARNO_TRUSTED_PROXIES: 'proxy',
      ARNO_OIDC_ISSUER: 'http://keycloak.example',
      ARNO_OIDC_ROLES: 'Boss=root',
    };
    expect(faults(wrong)).toEqual([
      expect.stringContaining('ARNO_ALLOWED_NETWORKS'),
      expect.stringContaining('ARNO_TRUSTED_PROXIES'),
      expect.stringContaining('ARNO_OIDC_ROLES'),
      expect.stringContaining('ARNO_OIDC_CLIENT_ID'),
      expect.stringContaining('https://'),
    ]);
  });

  test('of a single sign-on are read with their roles, which are left to the console unless given', () => {
    const given = { ARNO_OIDC_ISSUER: 'https://keycloak.example/realms/lab', ARNO_OIDC_CLIENT_ID: 'arno' };
    const { oidc } = read(given);
    expect(oidc).toMatchObject({
      ...{ issuer: given.ARNO_OIDC_ISSUER, clientId: 'arno' },
      ...{ clientSecret: undefined, roles: undefined },
    });
    const { roles = [] } = read({ ...given, ARNO_OIDC_ROLES: 'Boss = admin,Crew=developer' }).oidc ?? {};
    expect(Object.fromEntries(roles)).toEqual({ Boss: 'admin', Crew: 'developer' });
  });
});
