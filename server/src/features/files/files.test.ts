import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../test/database.ts';
import { type TestStore, testStores } from '../../../test/file-stores.ts';
import type { Caller } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import type { Database } from '../../platform/database.ts';
import { createLog } from '../../platform/log.ts';
import {
  deleteFiles,
  FileDeletions,
  FileRights,
  type FileStore,
  fileServer,
  pathOfUrl,
  readStoredFile,
  UrlSigner,
} from './index.ts';

const caller: Caller = { userId: 'u', userName: 'u', company: 'c', companyName: 'c', role: 'developer' };
const signer = new UrlSigner('secret');
const maxBytes = 1_000_000;
const authorization = 'Bearer good';
let database: Database;
let kept: TestStore;
let store: FileStore;
let app: FastifyInstance;
let host: string;

async function authenticate(given: string | undefined): Promise<Caller> {
  if (given === 'Bearer reader') return { ...caller, role: 'user' };
  if (given !== authorization) throw new ClearmlError('no_credentials');
  return caller;
}

async function listen(served: FileStore) {
  const log = createLog('silent');
  const server = Fastify();
  const rights = new FileRights(database.db);
  const ports = { files: 1, web: 2 };
  const deletions = new FileDeletions({ db: database.db, store: served, rights, ports, log });
  const plugin = fileServer({ store: served, authenticate, rights, deletions, signer, maxBytes, log });
  await server.register(plugin);
  await server.register(plugin, { prefix: '/files' });
  await server.listen({ port: 0, host: '127.0.0.1' });
  return { app: server, host: `http://127.0.0.1:${(server.server.address() as AddressInfo).port}` };
}

async function upload(
  files: Record<string, string | Uint8Array<ArrayBuffer>>,
  at = host,
  headers = { authorization },
) {
  const form = new FormData();
  for (const [name, content] of Object.entries(files)) form.append(name, new Blob([content]), 'any');
  const response = await fetch(at, { method: 'POST', body: form, headers });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

/** As written: fetch() resolves dots and asks for fresh content. */
async function get(path: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  const sent = http.get(host, { path, headers: { authorization, ...headers } });
  const [response] = (await once(sent, 'response')) as [http.IncomingMessage];
  response.resume();
  return response.statusCode;
}

function request(path: string, init: RequestInit = {}) {
  return fetch(`${host}${path}`, { ...init, headers: { authorization, ...init.headers } });
}

describe.each(Object.entries(testStores))('on %s', (_kind, openStore) => {
  beforeAll(async () => {
    database = await createTestDatabase();
    kept = await openStore();
    ({ store } = kept);
    ({ app, host } = await listen(store));
  });
  afterAll(async () => {
    await app.close();
    await kept.close();
    await database.close();
  });

  describe('the file server', () => {
    it('answers at its root without an account', async () => {
      for (const root of ['/', '/files', '/files/'])
        expect(await (await fetch(`${host}${root}`)).text()).toBe('OK');
    });

    it('stores several files under the names of their fields, through either door', async () => {
      const first = await upload({ '/a/one.txt': 'one', 'a/b/two.txt': 'two' });
      expect([first.status, first.text]).toEqual([200, '["/a/one.txt","/a/b/two.txt"]']);
      expect((await upload({ 'a/three.txt': 'three' }, `${host}/files`)).status).toBe(200);
      expect(await (await request('/files/a/one.txt')).text()).toBe('one');
      expect(await (await request('/a/three.txt')).text()).toBe('three');
      expect(first.headers.get('connection')).toBe('close');
    });

    it.each([
      'proj/task name.0123/artifacts/a b/a b.csv',
      'proj/päth/日本.txt',
      'proj/50%25 off %20.txt',
      'proj/plus+and&hash#question?.txt',
      `proj/${'long'.repeat(60)}/${'name'.repeat(60)}.txt`,
      "proj/it's (one) *.txt",
    ])('takes and gives %s', async (name) => {
      expect((await upload({ [name]: name })).text).toBe(JSON.stringify([`/${name}`]));
      const url = `/${name.split('/').map(encodeURIComponent).join('/')}`;
      expect(await (await request(url)).text()).toBe(name);
      expect((await request(`${url}?download`)).headers.get('content-disposition')).toMatch(
        /^attachment; filename\*=UTF-8''/,
      );
      expect(pathOfUrl(`${host}${url}`, { files: Number(new URL(host).port), web: 1 })).toBe(name);
    });

    it('replaces a file', async () => {
      await upload({ 'again.txt': 'first and longer' });
      await upload({ 'again.txt': 'second' });
      expect(await (await request('/again.txt')).text()).toBe('second');
    });

    it('answers HEAD, ranges and conditions', async () => {
      await upload({ 'range.txt': '0123456789' });
      const head = await request('/range.txt', { method: 'HEAD' });
      expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
      const part = await request('/range.txt', { headers: { range: 'bytes=2-4' } });
      expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([
        206,
        '234',
        'bytes 2-4/10',
      ]);
      expect((await request('/range.txt', { headers: { range: 'bytes=20-' } })).status).toBe(416);
      const etag = head.headers.get('etag') ?? '';
      expect(await get('/range.txt', { 'if-none-match': etag })).toBe(304);
    });

    it('never lets an upload act as a page', async () => {
      await upload({ 'page.html': '<script>', 'image.svg': '<svg>', 'image.png': 'png' });
      for (const [name, disposition] of [
        ['page.html', /^attachment/],
        ['image.svg', /^attachment/],
      ] as const) {
        expect((await request(`/${name}`)).headers.get('content-disposition')).toMatch(disposition);
      }
      const { headers } = await request('/image.png');
      expect(headers.get('content-disposition')).toBeNull();
      expect(headers.get('content-security-policy')).toBe('sandbox');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('private, max-age=300');
    });

    it('deletes one file or many', async () => {
      await upload({ 'gone/deep/one.txt': '1', 'gone/two 2.txt': '2', 'kept.txt': '3' });
      expect((await request('/gone/deep/one.txt', { method: 'DELETE' })).status).toBe(200);
      expect((await request('/gone/deep/one.txt', { method: 'DELETE' })).status).toBe(404);
      const body = JSON.stringify({ files: ['/gone/two%202.txt', 'kept.txt', 'never.txt'] });
      const many = await request('/delete_many', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
      expect(await many.json()).toEqual({
        deleted: ['gone/two 2.txt', 'kept.txt'],
        errors: { 'not found': ['never.txt'] },
      });
    });

    it('knows no folders', async () => {
      await upload({ 'dir/file.txt': '' });
      expect((await request('/dir')).status).toBe(404);
      expect((await request('/dir/')).status).toBe(404);
      expect((await request('/dir', { method: 'DELETE' })).status).toBe(404);
      expect((await request('/dir/file.txt')).headers.get('content-length')).toBe('0');
    });
  });

  describe('what the file server refuses', () => {
    it.each(['../out.txt', 'a/../../out.txt', 'a/./b', '/', `${'n'.repeat(256)}.txt`])(
      'the name %s',
      async (name) => {
        expect((await upload({ [name]: 'x' })).status).toBe(400);
      },
    );

    it.each([
      ['/%2e%2e/out.txt', 400],
      ['/../out.txt', 400],
      ['/a/%2e%2e%2f%2e%2e/out.txt', 400],
      ['/a%00b', 400],
      ['/%ff', 400],
      ['/%252e%252e/out.txt', 404],
    ])('GET %s', async (path, status) => {
      expect(await get(path)).toBe(status);
    });

    it('a file that is too large, and leaves nothing of it', async () => {
      const large = await upload({ 'large.bin': new Uint8Array(maxBytes + 1) });
      expect([large.status, large.text]).toEqual([
        413,
        'large.bin is larger than the 1000000 bytes a file may have here',
      ]);
      expect((await upload({ 'fits.bin': new Uint8Array(maxBytes) })).status).toBe(200);
      expect((await request('/large.bin')).status).toBe(404);
      expect(await kept.unfinishedUploads()).toBe(0);
    });

    it('an upload without room for it', async () => {
      const full: Partial<FileStore> = { freeBytes: async () => 100 };
      const other = await listen(full as FileStore);
      const answer = await upload({ 'a.bin': new Uint8Array(maxBytes * 10) }, other.host);
      expect(answer.status).toBe(507);
      expect(answer.text).toMatch(/100 are free; delete files/);
      await other.app.close();
    });

    it('an upload that breaks off', async () => {
      const body = '--x\r\nContent-Disposition: form-data; name="broken.txt"; filename="b"\r\n\r\nhalf';
      const headers = { 'content-type': 'multipart/form-data; boundary=x' };
      expect((await request('/', { method: 'POST', body, headers })).status).toBeGreaterThanOrEqual(400);
      expect((await request('/broken.txt')).status).toBe(404);
      expect(await kept.unfinishedUploads()).toBe(0);
    });

    it.each([1000, 500_000])('an upload of which %i bytes came before its client died', async (bytes) => {
      const socket = connect(Number(new URL(host).port), '127.0.0.1');
      const part = '--x\r\nContent-Disposition: form-data; name="cut.bin"; filename="c"\r\n\r\n';
      const began = once(app.server, 'request');
      await new Promise((sent) =>
        socket.write(
          `POST / HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Length: 900000\r\n` +
            `Content-Type: multipart/form-data; boundary=x\r\n\r\n${part}${'y'.repeat(bytes)}`,
          sent,
        ),
      );
      const [, response] = (await began) as [http.IncomingMessage, http.ServerResponse];
      const answered = once(response, 'close');
      socket.destroy();
      await answered;
      await expect.poll(() => kept.unfinishedUploads()).toBe(0);
      expect((await request('/cut.bin')).status).toBe(404);
    });

    it('a form without a file, and what is no form', async () => {
      const form = new FormData();
      form.append('field', 'text');
      expect((await request('/', { method: 'POST', body: form })).status).toBe(400);
      expect((await request('/', { method: 'POST', body: 'text' })).status).toBe(400);
    });

    it('whoever has no account, and changes by a reader', async () => {
      await upload({ 'private.txt': 'x' });
      expect((await fetch(`${host}/private.txt`)).status).toBe(401);
      const denied = await upload({ 'a.bin': new Uint8Array(maxBytes * 10) }, host, {
        authorization: 'wrong',
      });
      expect(denied).toMatchObject({ status: 401, text: 'Unauthorized (missing credentials)' });
      const reader = { authorization: 'Bearer reader' };
      expect((await fetch(`${host}/private.txt`, { headers: reader })).status).toBe(403);
      expect((await upload({ 'b.txt': 'x' }, host, reader)).status).toBe(403);
      expect((await fetch(`${host}/private.txt`, { method: 'DELETE', headers: reader })).status).toBe(403);
    });
  });

  describe('signed URLs', () => {
    const soon = () => new Date(Date.now() + 60_000);

    it('open one file for a while', async () => {
      await upload({ 's/one two.txt': 'signed', 's/other.txt': 'x' });
      const url = signer.signFileUrl(`${host}/s/one%20two.txt`, 's/one two.txt', soon());
      expect(await (await fetch(url)).text()).toBe('signed');
      expect(await (await fetch(url.replace('/s/', '/files/s/'))).text()).toBe('signed');
      expect((await fetch(url.replace('one%20two', 'other'))).status).toBe(401);
      expect((await fetch(url.replace(/exp=\d+/, 'exp=9999999999'))).status).toBe(401);
      expect((await fetch(url, { method: 'DELETE' })).status).toBe(401);
      const old = signer.signFileUrl(`${host}/s/other.txt`, 's/other.txt', new Date(Date.now() - 1000));
      expect((await fetch(old)).status).toBe(401);
      const foreign = new UrlSigner('other').signFileUrl(`${host}/s/other.txt`, 's/other.txt', soon());
      expect((await fetch(foreign)).status).toBe(401);
    });
  });

  describe('for other slices', () => {
    it('finds the path of a URL', () => {
      const ports = { files: 8081, web: 8080 };
      expect(pathOfUrl('http://127.0.0.1:8081/a/b%20c.txt?download=1', ports)).toBe('a/b c.txt');
      expect(pathOfUrl('http://arno.lab:8081/a/b', ports)).toBe('a/b');
      expect(pathOfUrl('http://[::1]:8080/files/a/b', ports)).toBe('a/b');
      expect(pathOfUrl('/files/a/b', ports)).toBe('a/b');
      expect(pathOfUrl('http://127.0.0.1:8080/a/b', ports)).toBeUndefined();
      expect(pathOfUrl('http://127.0.0.1:80811/a', ports)).toBeUndefined();
      expect(pathOfUrl('s3://bucket/a', ports)).toBeUndefined();
      expect(pathOfUrl('/files/a/../../b', ports)).toBeUndefined();
      expect(pathOfUrl('/files/%ff', ports)).toBeUndefined();
    });

    it('reads a small file and deletes several', async () => {
      await upload({ 'r/small.json': '{}', 'r/large.json': '0123456789' });
      expect((await readStoredFile(store, 'r/small.json', 5))?.toString()).toBe('{}');
      expect(await readStoredFile(store, 'r/large.json', 5)).toBeUndefined();
      expect(await readStoredFile(store, 'r/none.json', 5)).toBeUndefined();
      expect(await deleteFiles(store, ['r/small.json', 'r/none.json'])).toEqual({
        deleted: ['r/small.json'],
        errors: { 'not found': ['r/none.json'] },
      });
    });
  });
});
