import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { FileLinks } from './links.ts';
import { UrlSigner } from './signer.ts';
import type { FileStore } from './store.ts';

const signer = new UrlSigner('secret');
const task = 'a'.repeat(32);
const own = `http://arno.lab:8081/Project/name.${task}/artifacts/result/result.json`;
const foreign = `http://arno.lab:8081/Project/name.${'b'.repeat(32)}/artifacts/result/result.json`;

// Nothing but reading is asked of the store here.
const store = {
  read: async () => ({ size: 2, content: Readable.from([Buffer.from('{}')]) }),
} as unknown as FileStore;
const files = new FileLinks(store, signer, { files: 8081, web: 8080 }).of(task);

it("links a task's own file below the caller's origin, signed", () => {
  const link = new URL(files.link(own), 'http://any.host');
  const path = `Project/name.${task}/artifacts/result/result.json`;
  expect(link.pathname).toBe(`/files/${path}`);
  expect(signer.isSigned(path, Object.fromEntries(link.searchParams), new Date())).toBe(true);
});

it('gives nothing of another task, and nothing that is not ours', async () => {
  expect((await files.read(own, 100))?.toString()).toBe('{}');
  expect(await files.read(foreign, 100)).toBeUndefined();
  for (const uri of [foreign, 's3://bucket/key', 'http://other:9000/file']) expect(files.link(uri)).toBe(uri);
});
