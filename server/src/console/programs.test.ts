import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestConsole } from '../../test/console.ts';
import { newId } from '../platform/ids.ts';

let api: Awaited<ReturnType<typeof createTestConsole>>;

beforeAll(async () => {
  api = await createTestConsole();
});

afterAll(() => api.close());

it('is closed to the programs of tasks', async () => {
  const { token } = await api.auth.openSession({ ...api.admin, task: newId() });
  const headers = { authorization: `Bearer ${token}` };
  for (const [method, path] of [
    ['GET', 'me'],
    ['GET', 'tokens'],
    ['POST', 'tokens'],
    ['POST', 'keys'],
  ] as const) {
    const { status } = await api.call(
      method,
      path,
      method === 'POST' ? { name: 'mine' } : undefined,
      headers,
    );
    expect([method, path, status]).toEqual([method, path, 403]);
  }
});

it('is closed to agents', async () => {
  const { rows } = await api.database.pool.query('SELECT id FROM users WHERE is_agent');
  const { accessKey, secretKey } = await api.auth.createKeyPair(rows[0].id);
  const authorization = `Basic ${Buffer.from(`${accessKey}:${secretKey}`).toString('base64')}`;
  expect((await api.call('POST', 'keys', {}, { authorization })).status).toBe(403);
});
