import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesBelow } from '../../../test/file-stores.ts';
import { startS3, type TestS3 } from '../../../test/s3.ts';
import { startUpstream, unusedPort } from '../../../test/upstream.ts';
import { type ConfigError, readConfig, type S3Config } from '../../config.ts';
import { type FileStore, ObjectStoreError, openFileStore } from './index.ts';

let s3: TestS3;
let store: FileStore;

beforeAll(async () => {
  s3 = await startS3();
  store = await openFileStore('', s3.config);
});
afterAll(() => s3.close());

const text = (content: string) => Readable.from([Buffer.from(content)]);

describe('a bucket that cannot be used ends the start', () => {
  const start = (changes: Partial<S3Config>) => openFileStore('', { ...s3.config, ...changes });

  test('because there is none of this name', async () => {
    const refused = start({ bucket: 'other' });
    await expect(refused).rejects.toThrow(ObjectStoreError);
    await expect(refused).rejects.toThrow(/^ARNO_FILES_S3_BUCKET: there is no bucket other at http/);
  });

  test('because nobody answers', async () => {
    const endpoint = `http://127.0.0.1:${await unusedPort()}`;
    await expect(start({ endpoint })).rejects.toThrow(
      /^ARNO_FILES_S3_ENDPOINT: .* cannot be reached: .*ECONNREFUSED/,
    );
  });

  test('because the keys are wrong, which are not told', async () => {
    const upstream = await startUpstream((_request, response) => response.writeHead(403).end());
    const keys = { accessKey: 'wrong', secretKey: 'hidden' };
    const refused = start({ endpoint: `http://127.0.0.1:${upstream.port}`, keys });
    await expect(refused).rejects.toThrow(/^ARNO_FILES_S3_ACCESS_KEY: .* refuses bucket files/);
    await expect(refused).rejects.not.toThrow(/hidden/);
    await upstream.close();
  });
});

test('two prefixes of one bucket are two stores', async () => {
  const other = await openFileStore('', { ...s3.config, prefix: '' });
  await store.write('a.txt', text('a'));
  expect(await other.read('a.txt')).toBeUndefined();
  expect(await filesBelow(other, 'arno')).toContain('arno/lab/a.txt');
});

test('a name that is too long for an object is refused', async () => {
  const name = `${'long/'.repeat(205)}x`;
  await expect(store.write(name, text(''))).rejects.toMatchObject({ status: 400 });
});

test('If-Range gives the part of the same file, and all of another', async () => {
  await store.write('range.txt', text('0123456789'));
  const ask = async (headers: Record<string, string>) => {
    const found = await store.serve('range.txt', { method: 'GET', headers } as never);
    return [found?.status, Buffer.concat((await found?.content.toArray()) ?? []).toString()];
  };
  const etag = (await store.serve('range.txt', { method: 'HEAD', headers: {} } as never))?.headers.ETag ?? '';
  expect(await ask({ range: 'bytes=2-4', 'if-range': etag })).toEqual([206, '234']);
  expect(await ask({ range: 'bytes=2-4', 'if-range': '"other"' })).toEqual([200, '0123456789']);
  expect(await ask({ range: 'bytes=0-1,4-5' })).toEqual([200, '0123456789']);
});

test.each([
  ['QuotaExceeded', 403, 507],
  ['XMinioStorageFull', 507, 507],
  ['EntityTooLarge', 400, 413],
  ['AccessDenied', 403, 503],
])('%s of the store is our answer', async (code, status, ours) => {
  const upstream = await startUpstream((_request, response) => {
    const isStart = _request.path === '/files' || _request.path === '/files/';
    if (isStart) return response.end();
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<Error><Code>${code}</Code><Message>no</Message></Error>`);
  });
  const full = await openFileStore('', { ...s3.config, endpoint: `http://127.0.0.1:${upstream.port}` });
  await expect(full.write('a.txt', text('a'))).rejects.toMatchObject({ status: ours });
  await upstream.close();
});

describe('the settings', () => {
  const read = (environment: Record<string, string>) => readConfig(['node', 'arno'], environment).filesS3;
  const faults = (environment: Record<string, string>) => {
    try {
      read(environment);
      return [];
    } catch (error) {
      return (error as ConfigError).faults;
    }
  };

  test('name a bucket, and default to what most stores are', () => {
    expect(read({})).toBeUndefined();
    expect(read({ ARNO_FILES_S3_BUCKET: 'b-1' })).toMatchObject({
      prefix: '',
      pathStyle: false,
      keys: undefined,
    });
    const endpoint = 'https://s3.example:9000';
    expect(
      read({ ARNO_FILES_S3_BUCKET: 'b-1', ARNO_FILES_S3_ENDPOINT: endpoint, ARNO_FILES_S3_PREFIX: '/a/b/' }),
    ).toMatchObject({ endpoint, pathStyle: true, prefix: 'a/b', region: 'us-east-1' });
  });

  test('are refused where they make no sense', () => {
    expect(faults({ ARNO_FILES_S3_PREFIX: 'a' })).toEqual([
      'ARNO_FILES_S3_PREFIX means nothing without ARNO_FILES_S3_BUCKET',
    ]);
    const wrong = {
      ARNO_FILES_S3_BUCKET: 'a/b',
      ARNO_FILES_S3_ENDPOINT: 's3.example',
      ARNO_FILES_S3_ACCESS_KEY: 'k',
      ARNO_FILES_S3_PATH_STYLE: 'yes',
    };
    expect(faults(wrong).map((fault) => fault.split(' ')[0])).toEqual(Object.keys(wrong).slice(0, 4));
  });
});
