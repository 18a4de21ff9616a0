import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DiskStore } from './index.ts';

let folder: string;
let store: DiskStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arno-files-'));
  store = await DiskStore.open(join(folder, 'files'));
});
afterAll(() => rm(folder, { recursive: true }));

async function* bytes(text = 'x') {
  yield Buffer.from(text);
}

test('a symbolic link that leads out is not followed', async () => {
  await mkdir(join(folder, 'outside'));
  await writeFile(join(folder, 'outside', 'secret'), 'secret');
  await symlink(join(folder, 'outside'), join(folder, 'files', 'link'));
  const refused = { status: 403, message: expect.stringContaining('leads out of the store') };
  await expect(store.read('link/secret')).rejects.toMatchObject(refused);
  await expect(store.write('link/deep/new', bytes())).rejects.toMatchObject(refused);
  await expect(store.delete('link/secret')).rejects.toMatchObject(refused);
  expect(await readdir(join(folder, 'outside'))).toEqual(['secret']);
});

test('its own folder is nobody else’s', async () => {
  await expect(store.write('.incoming/x', bytes())).rejects.toMatchObject({ status: 400 });
  await expect(store.read('.incoming/x')).rejects.toMatchObject({ status: 400 });
});

test('a file is no folder and a folder no file', async () => {
  await store.write('taken/file', bytes());
  await expect(store.write('taken/file/below', bytes())).rejects.toMatchObject({ status: 409 });
  await expect(store.write('taken', bytes())).rejects.toMatchObject({ status: 409 });
});

test('folders that become empty go', async () => {
  await store.write('gone/deep/one.txt', bytes());
  expect(await store.delete('gone/deep/one.txt')).toBe(true);
  expect(await readdir(join(folder, 'files'))).not.toContain('gone');
});
