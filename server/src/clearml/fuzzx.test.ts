import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, createTestApi, type TestApi } from '../../test/api.ts';
import { brokenRequests, databaseState, hostileRequests, versionsOf } from '../../test/fuzz.ts';
import { Contracts } from './contracts.ts';

/** One seed, so that a failure can be repeated; another one looks elsewhere. */
const seed = Number(process.env.TEST_FUZZ_SEED ?? 20260101);
/** Far above what any call needs: it only ends one that hangs. */
const patienceMs = 30_000;
const limit = 600_000;

/** What keeps a long poll from waiting. */
const quick: Record<string, object> = { 'queues.wait_for_task': { timeout: 0 } };

const contracts = new Contracts();
/** Those that end the administrator's own session come last. */
const names = contracts.names().sort((a, b) => Number(endsSession(a)) - Number(endsSession(b)));

let api: TestApi;
let ids: string[];

beforeAll(async () => {
  api = await createTestApi();
  const { id: project } = await api.ok('projects.create', { name: 'fuzz', description: '' });
  const { id: task } = await api.ok('tasks.create', { name: 'fuzz task', type: 'testing', project });
  const { id: queued } = await api.ok('tasks.create', { name: 'fuzz queued', type: 'testing', project });
  const { id: model } = await api.ok('models.create', { name: 'fuzz model', uri: 's3://a/b', project, task });
  const { id: queue } = await api.ok('queues.create', { name: 'fuzz queue' });
  await api.ok('tasks.enqueue', { task: queued, queue });
  const event = { type: 'training_stats_scalar', task, metric: 'a', variant: 'b', iter: 1, value: 1 };
  await api.ok('events.add_batch', [event]);
  ids = [project, task, queued, model, queue];
});

afterAll(() => api.close());

async function send(path: string, body: object | string): Promise<Answer> {
  const late = new AbortController();
  const answer = await Promise.race([
    api.call(path, body),
    sleep(patienceMs, undefined, { signal: late.signal, ref: false }),
  ]);
  late.abort();
  if (!answer) throw new Error(`${path} did not answer in ${patienceMs / 1000} s to ${shown(body)}`);
  return answer;
}

function endsSession(name: string): boolean {
  return name.endsWith('.logout');
}

const shown = (body: object | string) => JSON.stringify(body).slice(0, 500);

describe('requests that break the schema are refused and change nothing', () => {
  it.each(names)(
    '%s',
    async (name) => {
      const before = await databaseState(api.database);
      const broken = versionsOf(contracts, name).flatMap((version) =>
        brokenRequests(contracts, name, version).map((body) => ({ path: `v${version}/${name}`, body })),
      );
      for (const { path, body } of broken) {
        const { code } = await send(path, body);
        expect(code, `${path} ${shown(body)}`).toMatch(/^400\//);
      }
      expect(await databaseState(api.database)).toEqual(before);
    },
    limit,
  );
});

describe('what is no request at all is refused and changes nothing', () => {
  const bodies = [
    '[]',
    '"text"',
    '7',
    'true',
    '{"a":',
    '\0',
    '{"a":1}{',
    'x'.repeat(100_000),
    '['.repeat(100_000),
  ];
  const versions = ['v0.1', 'v1.0', 'v-1', 'v2.x', 'v', 'v2.31.1', `v${'9'.repeat(400)}.1`];

  it.each(names)(
    '%s',
    async (name) => {
      const before = await databaseState(api.database);
      for (const body of bodies) expect((await send(name, body)).code, body.slice(0, 20)).toMatch(/^400\//);
      for (const version of versions) {
        // Far above the newest version is the newest version: that one needs a body to be refused.
        const { code } = await send(`${version}/${name}`, '[]');
        expect(code, version).toMatch(/^(400|404)\//);
      }
      expect(await databaseState(api.database)).toEqual(before);
    },
    limit,
  );
});

describe('nesting never makes the server fail', () => {
  it.each([50, 5_000, 200_000])('%i levels', async (depth) => {
    const [, task] = ids;
    const deep = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    const runtime = await send('tasks.edit', `{"task":"${task}","force":true,"runtime":${deep}}`);
    const event = `{"type":"plot","task":"${task}","metric":"a","variant":"b","iter":1,"plot_data":${deep}}`;
    const batch = await send('events.add_batch', event);
    const pattern = await send('tasks.get_all', `{"_any_":{"fields":["name"],"pattern":${deep}}}`);
    for (const { code, message } of [runtime, batch, pattern])
      expect(code, message).toMatch(depth > 100 ? /^400\/12$/ : /^[24]0/);
  });
});

describe('hostile values that the schema allows never make the server fail', () => {
  it.each(names)(
    '%s',
    async (name) => {
      const [version = ''] = versionsOf(contracts, name);
      const requests = hostileRequests(name, version, ids);
      const property = fc.asyncProperty(requests, async (body) => {
        const { code, message } = await send(`v${version}/${name}`, { ...body, ...quick[name] });
        // A caller who is not logged in any more would be let into nothing, and this would test nothing.
        const fault = endsSession(name) ? /^5/ : /^(5|401)/;
        expect(code, `${message} ${shown(body)}`).not.toMatch(fault);
      });
      await fc.assert(property, { seed, numRuns: 150, endOnFailure: true });
      expect(Object.keys(Object.prototype)).toEqual([]);
    },
    limit,
  );
});
