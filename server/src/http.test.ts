import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { webListener } from './http.ts';

const list = { items: Array.from({ length: 100 }, (_, number) => ({ number, name: 'the same again' })) };
let app: FastifyInstance;

beforeAll(async () => {
  const door = (name: string) => async (plugin: FastifyInstance) => {
    plugin.get(`/${name}/list`, async () => list);
    plugin.get(`/${name}/short`, async () => ({ ok: true }));
    plugin.get(`/${name}/events`, (_request, reply) =>
      reply.type('text/event-stream').send(`data: ${JSON.stringify(list)}\n\n`),
    );
    plugin.post(`/${name}/echo`, async (request) => request.body);
  };
  app = await webListener(
    {
      ...{ clearml: door('tasks'), console: door('calls'), gateway: door('gateway') },
      metrics: async () => {},
      health: async () => ({ status: 'ok' }) as never,
    },
    [],
  );
});

afterAll(() => app.close());

const get = (url: string) => app.inject({ url, headers: { 'accept-encoding': 'gzip, br' } });

test.each(['/console/v1/calls', '/api/tasks'])('what browsers read below %s is compressed', async (path) => {
  const answer = await get(`${path}/list`);
  expect(answer.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
  expect(JSON.parse(gunzipSync(answer.rawPayload).toString())).toEqual(list);
  expect(answer.rawPayload.length).toBeLessThan(JSON.stringify(list).length / 5);
});

test('not where it saves nothing, keeps events waiting, or was not asked for', async () => {
  const plain = [
    await get('/console/v1/calls/short'),
    await get('/console/v1/calls/events'),
    await get('/gateway/list'),
    await app.inject({ url: '/console/v1/calls/list' }),
  ];
  for (const { statusCode, headers } of plain) {
    expect([statusCode, headers['content-encoding']]).toEqual([200, undefined]);
  }
});

test('a compressed request is refused', async () => {
  const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json' };
  const answer = await app.inject({
    method: 'POST',
    url: '/console/v1/calls/echo',
    headers,
    payload: Buffer.from('x'),
  });
  expect(answer.statusCode).toBe(400);
});
