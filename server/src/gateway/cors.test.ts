import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../test/gateway.ts';
import { startUpstream, type Upstream } from '../../test/upstream.ts';
import { createTaskMapping } from '../features/mappings/index.ts';
import { createTask } from '../features/tasks/index.ts';
import { sha256 } from '../platform/ids.ts';

const page = 'https://dashboard.example:8443';
let gateway: TestGateway;
let closed: TestGateway;
let upstream: Upstream;
/** Each form of each kind of call. */
let calls: [path: string, body: object][];

beforeAll(async () => {
  upstream = await startUpstream(({ path }, response) => {
    response.setHeader('content-type', path.endsWith('events') ? 'text/event-stream' : 'application/json');
    response.end(path.endsWith('events') ? 'data: 1\n\n' : '{"digit":5}');
  });
  gateway = await createTestGateway({ allowedOrigins: [page] });
  closed = await createTestGateway({ replicaOf: gateway });
  const task_id = await createTask(gateway.scope(), { name: 'statistics', type: 'inference' });
  await createTaskMapping(gateway.scope(), { task_id, default_queue: 'default' });
  const { machineId: machine_id } = await gateway.addModel('digits', [upstream.port]);
  await gateway.addModel('events', [upstream.port]);
  const { db } = gateway.database;
  await db
    .updateTable('endpoint_mappings')
    .set({ calls_per_day: 100 })
    .where('alias', '=', 'digits')
    .execute();
  calls = [
    ['/clearml/serve/enqueue_task', { task_id: sha256(task_id) }],
    ['/serve/enqueue_task', { task_id: sha256(task_id) }],
    ['/gateway/v1/tasks/statistics/calls', {}],
    ['/clearml/serve/ondemand', { machine_id, endpoint: 'digits', params: {} }],
    ['/gateway/v1/models/digits/calls', {}],
    ['/gateway/v1/models/events/calls', {}],
  ];
});

afterAll(async () => {
  await closed.close();
  await gateway.close();
  await upstream.close();
});

const post = (of: TestGateway, path: string, body: object, headers: Record<string, string>) =>
  of.post(path, body, { authorization: `Bearer ${gateway.token}`, ...headers });

/** What a browser asks before it sends what a page wants to send. */
const ask = (of: TestGateway, path: string, origin: string) =>
  fetch(of.address + path, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,idempotency-key',
    },
  });

/** Of an answer, what browsers look at. */
function corsOf({ headers }: Response): Record<string, string> {
  return Object.fromEntries(
    [...headers].filter(([name]) => name === 'vary' || name.startsWith('access-control-')),
  );
}

describe('a page of an origin that is allowed', () => {
  test('is told so before it calls', async () => {
    const before = await gateway.callCount();
    const paths = [...calls.map(([path]) => path), '/gateway/v1/calls/some', '/gateway/v1/tasks'];
    for (const path of paths) {
      const answer = await ask(gateway, path, page);
      expect([answer.status, await answer.text()]).toEqual([204, '']);
      expect(corsOf(answer)).toEqual({
        vary: 'Origin',
        'access-control-allow-origin': page,
        'access-control-allow-methods': 'GET, POST, DELETE',
        'access-control-allow-headers':
          'Authorization, Content-Type, Content-Encoding, Inference-Header-Content-Length, Idempotency-Key, Last-Event-ID',
        'access-control-expose-headers': expect.any(String),
        'access-control-max-age': '600',
      });
    }
    expect(await gateway.callCount()).toBe(before);
  });

  const readable = {
    vary: 'Origin',
    'access-control-allow-origin': page,
    'access-control-expose-headers': expect.any(String),
  };

  test('reads answers, also those of models, whole and streamed', async () => {
    for (const [path, body] of calls) {
      const answer = await post(gateway, path, body, { origin: page });
      expect([path, answer.ok, corsOf(answer)]).toEqual([path, true, readable]);
      await answer.arrayBuffer();
    }
  });

  test.each(['/gateway/v1/models/none/calls', '/serve/enqueue_task', '/gateway/v1/nothing'])(
    'reads why %s was refused',
    async (path) => {
      const answer = await post(gateway, path, {}, { origin: page });
      expect([answer.ok, corsOf(answer)]).toEqual([false, readable]);
    },
  );

  test('may read each header of ours', async () => {
    const answer = await post(gateway, '/gateway/v1/models/digits/calls', {}, { origin: page });
    const exposed = answer.headers.get('access-control-expose-headers')?.toLowerCase().split(', ') ?? [];
    const ours = [...answer.headers.keys()].filter((name) => /^(arno|ratelimit)-/.test(name));
    expect(ours).toHaveLength(5);
    expect(exposed).toEqual(expect.arrayContaining([...ours, 'retry-after', 'idempotency-replayed']));
    expect(exposed).toEqual(
      expect.arrayContaining(['content-disposition', 'inference-header-content-length']),
    );
    expect(await answer.json()).toEqual({ digit: 5 });
  });
});

test.each(['https://elsewhere.example', `${page}.evil.example`, 'null'])(
  'a page of %s is allowed nothing',
  async (origin) => {
    const path = '/gateway/v1/models/digits/calls';
    const asked = await ask(gateway, path, origin);
    expect([asked.status, corsOf(asked)]).toEqual([404, { vary: 'Origin' }]);
    const called = await post(gateway, path, {}, { origin });
    expect([called.status, corsOf(called)]).toEqual([200, { vary: 'Origin' }]);
  },
);

test('who is no page gets the same answer, which caches keep apart from that of a page', async () => {
  const answer = await gateway.get('/gateway/v1/openapi.json');
  expect(corsOf(answer)).toEqual({ vary: 'Origin' });
});

test('where no origin is allowed, nothing of this is in any answer', async () => {
  for (const [path, body] of calls) {
    expect(corsOf(await post(closed, path, body, { origin: page }))).toEqual({});
    const asked = await ask(closed, path, page);
    expect([asked.status, corsOf(asked)]).toEqual([404, {}]);
  }
});
