import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesBelow, type TestStore, testStores } from '../../../test/file-stores.ts';
import { FileError } from './errors.ts';
import { readStoredFile } from './index.ts';

const mebibyte = 1024 * 1024;

async function* content(mebibytes: number, end?: Error): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < mebibytes; at++) yield Buffer.alloc(mebibyte, at);
  if (end) throw end;
}

describe.each(Object.entries(testStores))('a file store: %s', (_kind, openStore) => {
  let kept: TestStore;
  beforeAll(async () => {
    kept = await openStore();
  });
  afterAll(() => kept.close());

  test('keeps a file of several parts byte by byte', async () => {
    await kept.store.write('large.bin', content(20));
    const found = await readStoredFile(kept.store, 'large.bin', 20 * mebibyte);
    expect(found?.length).toBe(20 * mebibyte);
    for (let at = 0; at < 20; at++) expect(found?.[at * mebibyte]).toBe(at);
  });

  test.each([0, 1, 20])('keeps nothing of a file that ends in an error after %i MiB', async (mebibytes) => {
    const end = new FileError(413, 'too large');
    await expect(kept.store.write('half.bin', content(mebibytes, end))).rejects.toBe(end);
    expect(await kept.store.read('half.bin')).toBeUndefined();
    expect(await kept.unfinishedUploads()).toBe(0);
  });

  test('keeps the file that a broken upload would have replaced', async () => {
    await kept.store.write('replaced.bin', content(1));
    await expect(kept.store.write('replaced.bin', content(9, new Error('cut')))).rejects.toThrow('cut');
    expect((await readStoredFile(kept.store, 'replaced.bin', mebibyte))?.length).toBe(mebibyte);
  });

  test('lists what lies below a folder', async () => {
    for (const path of ['list/a.txt', 'list/b c/d.txt', 'list-not/e.txt'])
      await kept.store.write(path, content(0));
    expect(await filesBelow(kept.store, 'list')).toEqual(['list/a.txt', 'list/b c/d.txt']);
    expect(await filesBelow(kept.store, 'nowhere')).toEqual([]);
  });
});
