import type { S3Config } from '../../config.ts';
import { DiskStore } from './disk-store.ts';
import type { FileStore } from './store.ts';

/**
 * The store of the settings: the bucket, or else the folder.
 *
 * @throws ObjectStoreError when the bucket cannot be used
 */
export async function openFileStore(folder: string, bucket: S3Config | undefined): Promise<FileStore> {
  if (!bucket) return DiskStore.open(folder);
  // Only where it is used: the client takes longer to load than everything else of the server.
  const { S3Store } = await import('./s3-store.ts');
  return S3Store.open(bucket);
}
