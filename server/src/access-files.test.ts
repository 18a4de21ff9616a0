import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../test/database.ts';
import { passwordFile, writeAccessFiles, writePassword } from './access-files.ts';
import { ensureInstallation } from './installation.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let folder: string;
beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'arno-access-'));
});
afterAll(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

const addresses = { web: 'http://h:1', api: 'http://h:2', files: 'http://h:3', serving: 'http://h:4' };
const content = (name: string) => readFile(join(folder, name), 'utf8');

it('makes no account whose password could not be kept', async () => {
  const keepPassword = async () => {
    throw new Error('the disk is full');
  };
  await expect(ensureInstallation(database.db, { keepPassword })).rejects.toThrow('the disk is full');
  expect(await database.db.selectFrom('users').selectAll().execute()).toEqual([]);
});

it('keeps the first password, and a new one when asked', async () => {
  const options = { keepPassword: (password: string) => writePassword(folder, password) };
  const { newPassword } = await ensureInstallation(database.db, options);
  expect(await content('admin-password')).toBe(`${newPassword}\n`);
  expect((await stat(join(folder, 'admin-password'))).mode & 0o777).toBe(0o600);

  expect((await ensureInstallation(database.db, options)).newPassword).toBeUndefined();
  const reset = await ensureInstallation(database.db, { ...options, resetPassword: true });
  expect(await reset.auth.callerOfPassword('admin', newPassword ?? '')).toBeUndefined();
  expect(await reset.auth.callerOfPassword('admin', (await content('admin-password')).trim())).toBeDefined();
  await rm(join(folder, 'admin-password'));
  expect(await passwordFile(folder)).toBeUndefined();
});

it('writes clearml.conf and token once, and again when they are no longer true', async () => {
  const installation = await ensureInstallation(database.db);
  const { auth, admin } = installation;
  const write = async (changed = {}) => {
    await writeAccessFiles(installation, folder, { ...addresses, ...changed });
    return [await content('clearml.conf'), await content('token')] as const;
  };
  const [conf, token] = await write();
  expect(await write()).toEqual([conf, token]);

  const [moved] = await write({ api: 'http://h:9' });
  expect(moved).toBe(conf.replace('http://h:2', 'http://h:9'));

  for (const { access_key } of await auth.listKeyPairs(admin.userId))
    await auth.revokeKeyPair(admin.userId, access_key);
  for (const { id } of await auth.listAccessTokens(admin.userId))
    await auth.revokeAccessToken(admin.userId, id);
  const [fresh, freshToken] = await write();
  expect(fresh).not.toBe(conf);
  expect(await auth.callerOfAccessToken(freshToken.trim())).toMatchObject({ userId: admin.userId });
});
