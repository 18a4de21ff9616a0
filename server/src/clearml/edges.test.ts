import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTestDatabase } from '../../test/database.ts';
import { authEndpoints } from '../features/auth/index.ts';
import { ensureInstallation, type Installation } from '../installation.ts';
import type { Database } from '../platform/database.ts';
import { createLog } from '../platform/log.ts';
import { Contracts } from './contracts.ts';
import { open, read } from './endpoint.ts';
import { clearmlApi } from './router.ts';

const page = 'http://web.example:3000';
const MiB = 1024 * 1024;

let database: Database;
let installation: Installation;
let app: FastifyInstance;
/** As on the API's own port. */
let unprefixed: FastifyInstance;
let strict: FastifyInstance;
const log = createLog('silent');

beforeAll(async () => {
  database = await createTestDatabase();
  const allowedOrigins = [page];
  installation = await ensureInstallation(database.db, { allowedOrigins });
  const { auth } = installation;
  const options = {
    db: database.db,
    log,
    contracts: new Contracts(),
    authenticate: auth.authenticate.bind(auth),
    endpoints: [
      ...authEndpoints(auth),
      open('server.info', (_call, request) => ({ echo: request })),
      read('users.get_current_user', ({ caller }) => ({ user: { id: caller.userId } })),
    ],
  };
  app = Fastify();
  await app.register(clearmlApi({ ...options, allowedOrigins }), { prefix: '/api' });
  await app.listen({ host: '127.0.0.1', port: 0 });
  unprefixed = Fastify();
  await unprefixed.register(clearmlApi({ ...options, allowedOrigins }));
  strict = Fastify();
  await strict.register(clearmlApi(options));
});

afterAll(async () => {
  await app.close();
  await unprefixed.close();
  await strict.close();
  await database.close();
});

describe('a packed body', () => {
  const send = (payload: Buffer, encoding: string) =>
    app.inject({
      method: 'POST',
      url: '/api/server.info',
      payload,
      headers: { 'content-type': 'application/json', 'content-encoding': encoding },
    });
  const plain = Buffer.from(JSON.stringify({ text: 'x'.repeat(1000) }));

  it.each([
    ['gzip', gzipSync(plain)],
    ['GZIP', gzipSync(plain)],
    ['deflate', deflateSync(plain)],
    ['identity', plain],
  ])('in %s is unpacked', async (encoding, body) => {
    const answer = await send(body, encoding);
    expect(answer.json().data.echo).toEqual({ text: 'x'.repeat(1000) });
  });

  it('is unpacked up to the limit of a plain one', async () => {
    const most = Buffer.from(`{"a":"${'x'.repeat(16 * MiB - 8)}"}`);
    expect(most.length).toBe(16 * MiB);
    expect((await send(gzipSync(most), 'gzip')).statusCode).toBe(200);
    const bomb = gzipSync(Buffer.alloc(512 * MiB, 0x20));
    expect(bomb.length).toBeLessThan(MiB);
    const before = process.memoryUsage().rss;
    const answer = await send(bomb, 'gzip');
    expect(answer.json().meta).toMatchObject({ result_code: 413, result_subcode: 0 });
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MiB);
  });

  it('that is not what it says gets 400/12, and an unknown encoding 415, in the envelope', async () => {
    const broken = await send(randomBytes(100), 'gzip');
    expect(broken.json().meta).toMatchObject({ result_code: 400, result_subcode: 12 });
    const cut = await send(gzipSync(plain).subarray(0, 20), 'gzip');
    expect(cut.json().meta).toMatchObject({ result_code: 400, result_subcode: 12 });
    const unknown = await send(brotliCompressSync(plain), 'br');
    expect([unknown.statusCode, unknown.json().meta]).toMatchObject([415, { result_code: 415 }]);
    expect((await send(plain, '__proto__')).statusCode).toBe(415);
  });
});

describe('a body above the limit', () => {
  /** Sends all of it before it reads, as many clients do; answers what came back. */
  function exchange(head: string, chunks: Iterable<Buffer | string>): Promise<string> {
    const { port } = app.server.address() as { port: number };
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      let answer = '';
      socket.pause();
      socket.on('data', (chunk) => {
        answer += chunk;
      });
      socket.once('end', () => resolve(answer));
      socket.once('error', reject);
      socket.write(`POST /api/server.info HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\n`);
      for (const chunk of chunks) socket.write(chunk);
      socket.write('', () => setTimeout(() => socket.resume(), 100));
    });
  }
  const block = Buffer.alloc(MiB, 0x20);

  it('is answered with 413 to who sends all of it first', async () => {
    const answer = await exchange(`Content-Length: ${40 * MiB}`, Array(40).fill(block));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"result_code":413');
  });

  it('is answered with 413 where the length was not said before', async () => {
    const chunk = Buffer.concat([Buffer.from(`${MiB.toString(16)}\r\n`), block, Buffer.from('\r\n')]);
    const answer = await exchange('Transfer-Encoding: chunked', [...Array(40).fill(chunk), '0\r\n\r\n']);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"result_code":413');
  });

  it('is answered before the rest of it was sent', async () => {
    const { port } = app.server.address() as { port: number };
    const socket = connect(port, '127.0.0.1');
    const answer = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
        if (text.endsWith('}')) resolve(text);
      });
    });
    socket.write(`POST /api/server.info HTTP/1.1\r\nHost: x\r\nContent-Length: ${40 * MiB}\r\n\r\n`);
    expect(await answer).toContain('"result_code":413');
    socket.destroy();
  });
});

it('a body that breaks off is no fault of the server, and fills no log', async () => {
  const { port } = app.server.address() as AddressInfo;
  const failed = vi.spyOn(log, 'error');
  const gone = new Promise((resolve) => {
    app.server.once('request', (_request, response: ServerResponse) => response.once('close', resolve));
  });
  const socket = connect(port, '127.0.0.1', () => {
    socket.write('POST /api/server.info HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{');
    app.server.once('request', () => socket.resetAndDestroy());
  });
  await gone;
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(failed).not.toHaveBeenCalled();
  failed.mockRestore();
});

describe('a page of another origin', () => {
  const preflight = (to: FastifyInstance, url: string, origin: string) =>
    to.inject({
      method: 'OPTIONS',
      url,
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,x-allegro-client',
      },
    });

  it.each([
    ['below a prefix', () => app, '/api'],
    ['on a port of its own', () => unprefixed, ''],
  ])('may call when its origin is allowed, %s', async (_where, target, prefix) => {
    const answer = await preflight(target(), `${prefix}/v2.31/tasks.get_all`, page);
    expect([answer.statusCode, answer.body]).toEqual([200, '']);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'authorization,x-allegro-client',
      'access-control-allow-methods': expect.stringContaining('POST'),
      vary: expect.stringContaining('Origin'),
    });
    const { token } = await installation.auth.openSession(installation.admin);
    const headers = { origin: page, 'sec-fetch-site': 'same-site', cookie: `clearml_token_basic=${token}` };
    const url = `${prefix}/users.get_current_user`;
    const called = await target().inject({ method: 'POST', url, headers });
    expect(called.statusCode).toBe(200);
    expect(called.headers['access-control-allow-origin']).toBe(page);
    // A refusal can be read by the page too.
    const refused = await target().inject({ method: 'POST', url, headers: { origin: page } });
    expect([refused.statusCode, refused.headers['access-control-allow-origin']]).toEqual([401, page]);
  });

  it.each([
    ['that is not allowed', () => app, '/api/tasks.get_all', 'http://evil.example'],
    ['that is not allowed', () => unprefixed, '/tasks.get_all', 'http://evil.example'],
    ['where none is allowed', () => strict, '/tasks.get_all', page],
  ])('%s gets no leave', async (_what, target, url, origin) => {
    const answer = await preflight(target(), url, origin);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('does not get a session that its browser sends along', async () => {
    const { token } = await installation.auth.openSession(installation.admin);
    const headers = {
      origin: 'http://evil.example',
      'sec-fetch-site': 'same-site',
      cookie: `clearml_token_basic=${token}`,
    };
    const called = await app.inject({ method: 'POST', url: '/api/users.get_current_user', headers });
    expect(called.json().meta).toMatchObject({ result_code: 401, result_subcode: 20 });
    expect(called.headers['access-control-allow-origin']).toBeUndefined();
  });
});
