import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLog } from '../../platform/log.ts';
import { DiskStore } from './disk-store.ts';
import type { FileStore } from './store.ts';
import { FileUsage } from './usage.ts';

let folder: string;
let store: DiskStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arno-usage-'));
  store = await DiskStore.open(folder);
  for (const [path, size] of [
    ['a.bin', 10],
    ['deep/er/b.bin', 20],
    ['deep/c.bin', 5],
  ] as const)
    await store.write(
      path,
      (async function* () {
        yield Buffer.alloc(size);
      })(),
    );
});
afterEach(() => rm(folder, { recursive: true }));

const log = createLog('silent');

test('files are counted in the background, and what was counted stays for a while', async () => {
  const usage = new FileUsage(store, log);
  const first = await usage.report();
  expect(first).toMatchObject({ kind: 'disk', location: folder, counting: true });
  expect(first.free).toBeGreaterThan(0);
  await expect
    .poll(async () => (await usage.report()).counted)
    .toMatchObject({ files: 3, bytes: 35, complete: true });
  await store.delete('a.bin');
  expect(await usage.report()).toMatchObject({ counting: false, counted: { files: 3 } });
  usage.close();
});

test('a count has an end, and a store that does not answer is told of', async () => {
  const some = new FileUsage(store, log, 2);
  await some.report();
  await expect.poll(async () => (await some.report()).counted).toMatchObject({ files: 2, complete: false });
  const broken: FileStore = Object.create(store, {
    sizes: {
      value: async function* () {
        yield 1;
        throw new Error('no answer');
      },
    },
    place: { value: { kind: 's3', location: 'bucket' } },
    freeBytes: { value: async () => Number.POSITIVE_INFINITY },
  });
  const usage = new FileUsage(broken, log);
  await usage.report();
  await expect.poll(async () => (await usage.report()).error).toBe('no answer');
  const report = await usage.report();
  expect([report.kind, 'free' in report, report.counted]).toEqual(['s3', false, undefined]);
});
