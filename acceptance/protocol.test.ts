import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe } from 'vitest';
import type { Arno } from './lib/arno.ts';
import { apiToken, clearml, type Data } from './lib/clearml.ts';
import { expect, test } from './lib/test.ts';

interface Answer {
  status: number | undefined;
  headers: Record<string, string | string[] | undefined>;
  body: Data;
}

/** One request as given: unlike fetch, this also sends a GET with a body. */
function send(url: string, method: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { ...headers, 'content-length': Buffer.byteLength(body) } });
    sent.on('error', reject).on('response', async (response) => {
      const { statusCode: status, headers } = response;
      resolve({ status, headers, body: JSON.parse(await text(response)) });
    });
    sent.end(body);
  });
}

const authorized = async (arno: Arno) => ({ authorization: `Bearer ${await apiToken(arno)}` });

describe('the ClearML API on the wire', () => {
  test('answers without credentials where clients ask before they log in', async ({ arno }) => {
    for (const endpoint of ['debug.ping', 'server.info'])
      expect((await send(`${arno.api}/${endpoint}`, 'GET')).body.meta).toMatchObject({ result_code: 200 });
  });

  test('takes a GET with a JSON body, with and without a version, on its own port and on the one origin', async ({
    arno,
  }) => {
    const body = JSON.stringify({ name: '^Getting started$', only_fields: ['name'] });
    for (const base of [arno.api, `${arno.api}/v2.23`, `${arno.web}/api`]) {
      const answer = await send(`${base}/projects.get_all`, 'GET', await authorized(arno), body);
      expect(answer.body.data.projects).toEqual([{ id: expect.any(String), name: 'Getting started' }]);
    }
  });

  test('never keeps a connection: the SDK forks while it holds one', async ({ arno }) => {
    for (const endpoint of ['debug.ping', 'tasks.get_all', 'no.such_endpoint']) {
      const { headers } = await send(`${arno.api}/${endpoint}`, 'POST', { connection: 'keep-alive' }, '{}');
      expect(headers.connection).toBe('close');
    }
  });

  test('puts every error into the envelope: clients repeat a request for ever without one', async ({
    arno,
  }) => {
    const faults: [string, Record<string, string>, string, number, number][] = [
      ['no.such_endpoint', {}, '{}', 404, 0],
      ['tasks.get_all', {}, '{}', 401, 20],
      ['tasks.get_all', { authorization: 'Bearer wrong' }, '{}', 401, 30],
      ['tasks.get_by_id', await authorized(arno), '{}', 400, 12],
      ['tasks.get_by_id', await authorized(arno), '{"task": "0123456789abcdef0123456789abcdef"}', 400, 101],
      ['queues.get_by_id', await authorized(arno), '{"queue": "default"}', 400, 701],
    ];
    for (const [endpoint, headers, body, code, subcode] of faults) {
      const answer = await send(`${arno.api}/${endpoint}`, 'POST', headers, body);
      expect([
        endpoint,
        answer.status,
        answer.body.meta.result_code,
        answer.body.meta.result_subcode,
      ]).toEqual([endpoint, code, code, subcode]);
    }
  });

  test('writes times as the SDK reads them, never with Z', async ({ arno }) => {
    const { tasks } = await clearml(arno, 'tasks.get_all', { only_fields: ['created', 'last_update'] });
    expect(tasks.length).toBeGreaterThan(0);
    for (const { created, last_update } of tasks)
      for (const time of [created, last_update])
        expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$/);
  });
});
