import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type FileStore, openFileStore } from '../src/features/files/index.ts';
import { startS3 } from './s3.ts';

export interface TestStore {
  store: FileStore;
  /** Uploads of which something is kept though they have not ended. */
  unfinishedUploads(): Promise<number>;
  close(): Promise<void>;
}

/** One file store of each kind, empty; what holds for one must hold for the other. */
export const testStores: Record<string, () => Promise<TestStore>> = {
  async disk() {
    const folder = await mkdtemp(join(tmpdir(), 'arno-files-'));
    return {
      store: await openFileStore(folder, undefined),
      unfinishedUploads: async () => (await readdir(join(folder, '.incoming'))).length,
      close: () => rm(folder, { recursive: true }),
    };
  },
  async s3() {
    const s3 = await startS3();
    return {
      store: await openFileStore('', s3.config),
      unfinishedUploads: s3.unfinishedUploads,
      close: s3.close,
    };
  },
};

/** Paths of the files below a folder, in order. */
export async function filesBelow(store: FileStore, folder: string): Promise<string[]> {
  return (await Readable.from(store.list(folder)).toArray()).sort();
}
