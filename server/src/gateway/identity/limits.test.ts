import Fastify from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { createLog } from '../../platform/log.ts';
import type { GatewayError } from '../errors.ts';
import type { GatewayCaller } from './caller.ts';
import { dropOldCounts, type Limited, Limits } from './limits.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.close());

const person: GatewayCaller = {
  ...{ userId: 'ada', userName: 'Ada', company: 'c', companyName: 'C', role: 'user' },
  ...{ roles: ['user'], groups: [] },
};
const program: GatewayCaller = { ...person, key: { id: 'key', name: 'Dashboard', mappingId: 'm' } };
const mapping = (id: string, limits: Partial<Limited>): Limited => ({
  ...{ id, calls_per_minute: null, calls_per_day: null },
  ...limits,
});

/** Calls of one replica: what was answered, and the headers. */
function replica(limits = new Limits(database.db, createLog('silent'))) {
  const app = Fastify();
  const calling: { caller: GatewayCaller; mapping: Limited } = { caller: person, mapping: mapping('', {}) };
  app.setErrorHandler((error, _request, reply) => {
    const { code, status, retryAfter } = error as GatewayError;
    return reply.code(status).send({ code, retryAfter });
  });
  app.get('/', async (_request, reply) => {
    await limits.consume(calling.caller, calling.mapping, reply);
    return { code: 'ok' };
  });
  return async (called: Limited, caller = person) => {
    Object.assign(calling, { caller, mapping: called });
    const { headers, ...answer } = await app.inject('/');
    const { code, retryAfter } = answer.json();
    const {
      'ratelimit-limit': limit,
      'ratelimit-remaining': remaining,
      'ratelimit-policy': policy,
    } = headers;
    return { code, retryAfter, limit, remaining, policy, reset: Number(headers['ratelimit-reset']) };
  };
}

test('a mapping without limits costs no query and says nothing', async () => {
  let acquired = 0;
  database.pool.on('acquire', () => {
    acquired += 1;
  });
  expect(await replica()(mapping('free', {}))).toEqual({ code: 'ok', reset: Number.NaN });
  expect(acquired).toBe(0);
});

test('a limit holds over replicas, for each caller alone, and is told', async () => {
  const [one, other] = [replica(), replica()];
  const limited = mapping('limited', { calls_per_minute: 3 });
  const answers = [await one(limited), await other(limited), await one(limited)];
  expect(answers.map(({ code, remaining }) => [code, remaining])).toEqual([
    ['ok', '2'],
    ['ok', '1'],
    ['ok', '0'],
  ]);
  for (const call of [other, one, one]) {
    const { reset, retryAfter, ...refused } = await call(limited);
    expect(refused).toEqual({ code: 'rate_limited', limit: '3', remaining: '0', policy: '3;w=60' });
    expect(retryAfter).toBe(reset);
    expect(reset).toBeGreaterThan(0);
    expect(reset).toBeLessThanOrEqual(60);
  }
  expect(await other(limited, program)).toMatchObject({ code: 'ok', remaining: '2' });
  expect(await other(mapping('another', { calls_per_minute: 3 }))).toMatchObject({
    code: 'ok',
    remaining: '2',
  });
});

test('many calls at once are let through as often as they may and no more', async () => {
  const limits = [1, 2].map(() => new Limits(database.db, createLog('silent')));
  const limited = mapping('crowded', { calls_per_minute: 10, calls_per_day: 1000 });
  const reply = { headers: () => {}, getHeader: () => undefined } as never;
  const calls = Array.from({ length: 40 }, (_, index) =>
    limits[index % 2]?.consume(person, limited, reply).then(
      () => 'ok',
      ({ code }: GatewayError) => code,
    ),
  );
  const codes = await Promise.all(calls);
  expect(codes.filter((code) => code === 'ok')).toHaveLength(10);
  expect(codes.filter((code) => code === 'rate_limited')).toHaveLength(30);
  const day = await database.db
    .selectFrom('call_counts')
    .select('used')
    .where('mapping_id', '=', 'crowded')
    .where('window_seconds', '=', 86_400)
    .executeTakeFirst();
  expect(day?.used).toBe(10);
});

test('of the limits of a model and of the task that is queued instead, the nearer one is told', async () => {
  const limits = new Limits(database.db, createLog('silent'));
  const near = mapping('near', { calls_per_minute: 3 });
  const far = mapping('far', { calls_per_minute: 100 });
  const app = Fastify();
  app.get('/', async (_request, reply) => {
    for (const each of [near, far]) await limits.consume(person, each, reply);
    for (const each of [far, near]) await limits.consume(person, each, reply);
    return {};
  });
  const { headers } = await app.inject('/');
  expect(headers).toMatchObject({
    ...{ 'ratelimit-limit': '3', 'ratelimit-remaining': '1', 'ratelimit-policy': '3;w=60' },
  });
});

test('a quota is of a day; of two limits the tighter one is told', async () => {
  const call = replica();
  const limited = mapping('quota', { calls_per_minute: 100, calls_per_day: 2 });
  const first = await call(limited);
  expect(first).toMatchObject({ code: 'ok', limit: '2', remaining: '1', policy: '100;w=60, 2;w=86400' });
  expect(first.reset).toBeGreaterThan(86_000);
  await call(limited);
  const refused = await call(limited);
  expect(refused).toMatchObject({ code: 'quota_exceeded', limit: '2', remaining: '0' });
  expect(refused.retryAfter).toBeGreaterThan(86_000);
});

test('who has used up the day is told so, however often in a minute', async () => {
  const call = replica();
  const limited = mapping('day', { calls_per_minute: 3, calls_per_day: 1 });
  await call(limited);
  for (let number = 0; number < 5; number++)
    expect(await call(limited)).toMatchObject({ code: 'quota_exceeded', limit: '1' });
});

test('a window ends, and a raised limit holds at once', async () => {
  const call = replica();
  const once = mapping('window', { calls_per_minute: 1 });
  await call(once);
  for (let number = 0; number < 5; number++) expect(await call(once)).toMatchObject({ code: 'rate_limited' });
  expect(await call(mapping('window', { calls_per_minute: 5 }))).toMatchObject({ code: 'ok' });
  await database.db.updateTable('call_counts').set({ ends: new Date() }).execute();
  expect(await replica()(once)).toMatchObject({ code: 'ok', remaining: '0' });
  await database.db
    .updateTable('call_counts')
    .set({ ends: new Date(0) })
    .execute();
  await dropOldCounts(database.db);
  expect(await database.db.selectFrom('call_counts').select('used').execute()).toEqual([]);
});

test('what cannot be counted is refused', async () => {
  const limited = mapping('broken', { calls_per_minute: 5 });
  await database.db.schema.alterTable('call_counts').renameTo('away').execute();
  const refused = await replica()(limited);
  await database.db.schema.alterTable('away').renameTo('call_counts').execute();
  expect(refused).toMatchObject({ code: 'limiter_unavailable', retryAfter: 1 });
});
