import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../test/api.ts';
import { createLog } from '../platform/log.ts';
import { Contracts } from './contracts.ts';
import { open } from './endpoint.ts';
import { clearmlApi } from './router.ts';

let api: TestApi;
let app: FastifyInstance;

beforeAll(async () => {
  api = await createTestApi();
  app = Fastify();
  await app.register(
    clearmlApi({
      db: api.database.db,
      log: createLog('silent'),
      contracts: new Contracts(),
      authenticate: (authorization, request) => api.installation.auth.authenticate(authorization, request),
      endpoints: [
        open('server.info', (_call, request) => ({ echo: request })),
        open('debug.ping', () => {
          throw new Error('a secret detail');
        }),
      ],
    }),
  );
});

afterAll(async () => {
  await app.close();
  await api.close();
});

describe('a request', () => {
  const echoed = async (url: string, options: { method?: 'GET' | 'POST'; payload?: string } = {}) => {
    const response = await app.inject({ method: 'POST', url, ...options });
    return response.json().data.echo;
  };

  it('is read from the body of a GET, whatever its content type', async () => {
    expect(await echoed('/server.info', { method: 'GET', payload: '{"a": 1}' })).toEqual({ a: 1 });
  });

  it('takes query arguments, converted', async () => {
    const url = '/server.info?n=5&x=-1.5&yes=true&t=text&list[]=a&two=1&two=2&deep.er=v';
    const expected = { n: 5, x: -1.5, yes: true, t: 'text', list: ['a'], two: [1, 2], deep: { er: 'v' } };
    expect(await echoed(url)).toEqual(expected);
  });

  it('cannot reach a prototype through a dotted argument', async () => {
    expect(await echoed('/server.info?__proto__.polluted=1')).toEqual({});
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('keeps text that PostgreSQL can store, and has no number where Python wrote NaN', async () => {
    const payload = '{"text": "a\\u0000b\\udc80", "no": "NaN", "value": NaN, "list": [-Infinity, 1]}';
    const expected = { text: 'ab\ufffd', no: 'NaN', value: null, list: [null, 1] };
    // A null at the top is as absent.
    const { value: _value, ...rest } = expected;
    expect(await echoed('/server.info?q=a%00b', { payload })).toEqual({ ...rest, q: 'ab' });
  });

  it.each([['not JSON'], ['[1]'], ['"text"'], ['5']])(
    'that is %s gets 400/12 in an envelope',
    async (payload) => {
      const response = await app.inject({ method: 'POST', url: '/server.info', payload });
      expect(response.statusCode).toBe(400);
      expect(response.json().meta).toMatchObject({ result_code: 400, result_subcode: 12 });
    },
  );

  it('may be as large as a batch of the SDK, and no larger than 16 MiB', async () => {
    const fits = await app.inject({
      method: 'POST',
      url: '/server.info',
      payload: `{"a":"${'x'.repeat(15_728_640)}"}`,
    });
    expect(fits.statusCode).toBe(200);
    const large = await app.inject({
      method: 'POST',
      url: '/server.info',
      payload: 'x'.repeat(17 * 1024 * 1024),
    });
    expect([large.statusCode, large.json().meta.result_code]).toEqual([413, 413]);
  });
});

describe('an answer', () => {
  it('names the endpoint and both versions, and closes the connection', async () => {
    const response = await app.inject({ method: 'POST', url: '/v2.9/server.info' });
    expect(response.headers.connection).toBe('close');
    expect(response.json().meta).toMatchObject({
      endpoint: { name: 'server.info', requested_version: '2.9', actual_version: '2.8' },
      result_code: 200,
      result_msg: 'OK',
    });
  });

  it('to a version of the future comes from the newest handler', async () => {
    const response = await app.inject({ method: 'POST', url: '/v999.0/server.info' });
    expect(response.json().meta.endpoint.actual_version).toBe('2.12');
  });

  it.each([
    ['/v2.23/server.nothing', 404, 0],
    ['/tasks.get_all', 404, 0],
    ['/nonsense', 400, 2],
  ])('to %s is %i/%i with an envelope', async (url, status, subcode) => {
    const response = await app.inject({ method: 'POST', url });
    expect([response.statusCode, response.json().meta.result_subcode]).toEqual([status, subcode]);
  });

  it('to OPTIONS is 200, and no method goes without an envelope', async () => {
    expect((await app.inject({ method: 'OPTIONS', url: '/tasks.get_all' })).statusCode).toBe(200);
    const response = await app.inject({ method: 'DELETE', url: '/tasks.get_all' });
    expect(response.json().meta.result_code).toBe(404);
  });

  it('to an unexpected error tells an id and nothing of the inside', async () => {
    const response = await app.inject({ method: 'POST', url: '/debug.ping' });
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('secret');
    expect(response.json().meta.result_msg).toContain(response.json().meta.id);
  });
});

describe('a caller', () => {
  it('without credentials gets 401/20 before the body is looked at', async () => {
    const answer = await api.call('tasks.get_all', {}, { authorization: '' });
    expect(answer.code).toBe('401/20');
  });

  it.each([
    ['Bearer nonsense', '401/30'],
    ['Bearer arno_nonsense', '401/30'],
    [`Basic ${Buffer.from('key:wrong').toString('base64')}`, '401/22'],
    [`Basic ${Buffer.from('nothing').toString('base64')}`, '401/21'],
    ['Digest x', '401/21'],
  ])('with %s gets %s', async (authorization, code) => {
    expect((await api.call('tasks.get_all', {}, { authorization })).code).toBe(code);
  });

  it('with a key pair gets a token whose claims the SDK reads', async () => {
    const { auth, admin } = api.installation;
    const { accessKey, secretKey } = await auth.createKeyPair(admin.userId);
    const basic = Buffer.from(`${accessKey}:${secretKey}`).toString('base64');
    const { code, data } = await api.call('auth.login', {}, { authorization: `Basic ${basic}` });
    expect(code).toBe('200/0');
    const claims = JSON.parse(Buffer.from(data.token.split('.')[1], 'base64url').toString());
    expect(claims).toMatchObject({
      api_version: '2.31',
      feature_set: 'basic',
      identity: { user: admin.userId },
    });
    expect(claims.exp - claims.iat).toBeGreaterThan(43_200);
    expect(claims.server_version).toMatch(/^\d+\.\d+\.\d+$/);
    expect((await api.call('tasks.get_all', {}, { authorization: `Bearer ${data.token}` })).code).toBe(
      '200/0',
    );
  });

  it('with a session cookie is let in, unless another site made the browser send it', async () => {
    const { auth, admin } = api.installation;
    const { token } = await auth.openSession(admin);
    const cookie = { authorization: '', cookie: `a=b; clearml_token_basic=${token}` };
    expect((await api.call('tasks.get_all', {}, cookie)).code).toBe('200/0');
    expect((await api.call('tasks.get_all', {}, { ...cookie, 'sec-fetch-site': 'cross-site' })).code).toBe(
      '401/20',
    );
  });

  it('of the role user does not reach the tracking API', async () => {
    await api.database.db
      .insertInto('users')
      .values({
        id: 'f'.repeat(32),
        company: api.installation.admin.company,
        username: 'u',
        name: 'U',
        role: 'user',
      })
      .execute();
    const { token } = await api.installation.auth.openSession({
      ...api.installation.admin,
      userId: 'f'.repeat(32),
    });
    expect((await api.call('tasks.get_all', {}, { authorization: `Bearer ${token}` })).code).toBe('403/20');
  });
});

describe('a request that does not fit the schema', () => {
  it('gets 400/12 that names the field', async () => {
    const answer = await api.call('tasks.create', { name: 'a task', type: 'nothing' });
    expect([answer.code, answer.message]).toEqual(['400/12', expect.stringContaining('type')]);
  });

  it('may carry unknown keys, nulls, and one value for a list', async () => {
    const request = { order_by: '-last_update', name: null, method: 'get', surprise: 1 };
    expect((await api.call('tasks.get_all', request)).code).toBe('200/0');
  });
});
