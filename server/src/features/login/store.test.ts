import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../../test/database.ts';
import type { Caller } from '../../clearml/endpoint.ts';
import { ensureInstallation, type Installation } from '../../installation.ts';
import type { Database } from '../../platform/database.ts';
import { ensureOidcAccount } from './store.ts';

let database: Database;
let installation: Installation;

beforeAll(async () => {
  database = await createTestDatabase();
  installation = await ensureInstallation(database.db);
});

afterAll(() => database.close());

test('another role at the provider ends the sessions from before; the same one does not', async () => {
  const { db } = database;
  const { auth } = installation;
  const ada = {
    ...{ issuer: 'https://id.example', subject: '1', username: 'ada', name: 'Ada', email: undefined },
    ...{ roles: [], groups: [] },
  };
  const login = async (role: 'admin' | 'user') =>
    (await auth.openSession((await ensureOidcAccount(db, { ...ada, role })) as Caller)).token;
  const first = await login('admin');
  const second = await login('admin');
  expect(await auth.callerOfToken(first)).toMatchObject({ userName: 'Ada', role: 'admin' });
  const third = await login('user');
  for (const token of [first, second])
    await expect(auth.callerOfToken(token)).rejects.toMatchObject({ status: 401, subcode: 31 });
  expect(await auth.callerOfToken(third)).toMatchObject({ role: 'user' });
});

test('a new password of the administrator ends the sessions from before', async () => {
  const { auth, admin } = installation;
  const { token } = await auth.openSession(admin);
  await ensureInstallation(database.db);
  expect(await auth.callerOfToken(token)).toMatchObject({ userId: admin.userId });
  await ensureInstallation(database.db, { resetPassword: true });
  await expect(auth.callerOfToken(token)).rejects.toMatchObject({ status: 401, subcode: 31 });
});
