import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callRow } from '../../test/calls.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import type { Caller } from '../clearml/endpoint.ts';
import { ensureQueue } from '../features/queues/index.ts';
import { rollUpCalls } from '../gateway/index.ts';
import { ensureInstallation, type Installation } from '../installation.ts';
import { newId } from '../platform/ids.ts';
import { createLog } from '../platform/log.ts';
import { BacklogMetrics, createRegistry, metricsEndpoint } from './index.ts';

let database: TestDatabase;
let installation: Installation;
const apps: FastifyInstance[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  installation = await ensureInstallation(database.db);
});

afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await database.close();
});

/** The endpoint on a registry of its own. */
async function endpoint(token?: string, db = database.db): Promise<FastifyInstance> {
  const log = createLog('silent');
  const registry = createRegistry(database.pool);
  // However busy the machine of the tests is.
  const times = { keptMs: 60_000, patienceMs: 60_000 };
  const backlog = new BacklogMetrics(registry, db, log, times);
  const app = Fastify();
  apps.push(app);
  await app.register(metricsEndpoint({ registry, backlog, log, auth: installation.auth, token }));
  return app;
}

async function tokenOf(role: Caller['role']): Promise<string> {
  const id = newId();
  const { company } = installation.admin;
  await database.db.insertInto('users').values({ id, company, username: id, name: role, role }).execute();
  return (await installation.auth.createAccessToken(id, 'tests')).token;
}

const read = (app: FastifyInstance, token?: string) =>
  app.inject({ url: '/metrics', headers: token === undefined ? {} : { authorization: `Bearer ${token}` } });

test('administrators read the metrics with their own token, nobody else does', async () => {
  const app = await endpoint();
  const answer = await read(app, await tokenOf('admin'));
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(answer.body).toContain('process_cpu_seconds_total');
  expect(answer.body).toMatch(/^arno_build_info\{version=".+"\} 1$/m);
  expect((await read(app, await tokenOf('developer'))).statusCode).toBe(403);
  expect((await read(app, 'arno_wrong')).statusCode).toBe(401);
  const nobody = await read(app);
  expect([nobody.statusCode, nobody.headers['www-authenticate']]).toEqual([401, 'Bearer']);
});

test('with a token of their own the metrics are for who has it alone', async () => {
  const app = await endpoint('the-token-of-prometheus');
  expect((await read(app, 'the-token-of-prometheus')).statusCode).toBe(200);
  expect((await read(app, 'the-token-of-prometheu')).statusCode).toBe(401);
  expect((await read(app, await tokenOf('admin'))).statusCode).toBe(401);
});

test('what waits is told from the database, and looked up at most every few seconds', async () => {
  const { admin } = installation;
  await ensureQueue({ db: database.db, caller: admin, now: new Date() }, 'gpu');
  const waiting = callRow({ kind: 'enqueue', outcome: 'accepted', status: 'queued', ended: null });
  await database.db.insertInto('calls').values(waiting).execute();
  const app = await endpoint('the-token-of-prometheus');
  const { body } = await read(app, 'the-token-of-prometheus');
  expect(body).toContain('arno_database_up 1');
  expect(body).toContain('arno_queue_entries{queue="gpu"} 0');
  expect(body).toContain('arno_gateway_open_calls{status="queued"} 1');
  expect(body).toContain('arno_gateway_callbacks_pending 0');
  await database.db.deleteFrom('calls').execute();
  expect((await read(app, 'the-token-of-prometheus')).body).toContain(
    'arno_gateway_open_calls{status="queued"} 1',
  );
});

test('how long queued calls waited and ran is told once they have ended, and for good', async () => {
  const { db } = database;
  const created = new Date('2026-01-01T00:00:00Z');
  const after = (seconds: number) => new Date(created.getTime() + seconds * 1000);
  const queued = { kind: 'enqueue', created, clone_id: newId(), outcome: 'ok' } as const;
  await db
    .insertInto('calls')
    .values([
      callRow({ ...queued, started: after(2), ended: after(42), status: 'completed' }),
      callRow({ ...queued, started: null, ended: after(7), status: 'aborted' }),
      callRow({ ...queued, started: after(200), ended: null, status: 'running' }),
    ])
    .execute();
  const told = async () => {
    await rollUpCalls(db);
    const { body } = await read(await endpoint('the-token-of-prometheus'), 'the-token-of-prometheus');
    const count = (labels: string, of = 'bucket') => {
      const name = `arno_gateway_queued_call_duration_seconds_${of}{${labels}} `;
      return Number(
        body
          .split('\n')
          .find((line) => line.startsWith(name))
          ?.slice(name.length),
      );
    };
    return {
      queued: ['1', '2.5', '5', '10', '+Inf'].map((le) => count(`le="${le}",phase="queued"`)),
      running: ['30', '60', '+Inf'].map((le) => count(`le="${le}",phase="running"`)),
      seconds: ['queued', 'running'].map((phase) => count(`phase="${phase}"`, 'sum')),
    };
  };
  const first = await told();
  expect(first).toMatchObject({ queued: [0, 1, 1, 2, 2], running: [0, 1, 1] });
  for (const [index, exact] of [9, 40].entries()) {
    expect(Math.abs((first.seconds[index] as number) - exact)).toBeLessThan(exact * 0.05);
  }
  // Neither another end, nor a deletion takes anything back or counts again.
  await db
    .updateTable('calls')
    .set({ status: 'failed', ended: after(5000) })
    .where('ended', 'is not', null)
    .execute();
  expect(await told()).toEqual(first);
  await db
    .updateTable('calls')
    .set({ status: 'completed', ended: after(210) })
    .where('ended', 'is', null)
    .execute();
  const second = await told();
  expect(second).toMatchObject({ queued: [0, 1, 1, 2, 3], running: [1, 2, 2] });
  await db.deleteFrom('calls').execute();
  expect(await told()).toEqual(second);
});

test('without the database the metrics of the process are still there', async () => {
  const broken = await createTestDatabase();
  const app = await endpoint('the-token-of-prometheus', broken.db);
  await broken.close();
  const { statusCode, body } = await read(app, 'the-token-of-prometheus');
  expect(statusCode).toBe(200);
  expect(body).toContain('arno_database_up 0');
  expect(body).toContain('process_cpu_seconds_total');
  expect(body).not.toMatch(/^arno_(queue_entries|gateway_callbacks_pending)[ {]/m);
});
