import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { newId, sha256 } from '../../platform/ids.ts';
import { followOwnRuntime } from './own-runtime.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

it("moves the mappings of the own runtime with it, and nobody else's", async () => {
  const { db } = api.database;
  const add = (base_url: string) =>
    db
      .insertInto('machine_mappings')
      .values({ id: newId(), company: 'c', serving_task_id: 't', public_id: sha256('t'), base_url })
      .execute();
  await followOwnRuntime(db, 'http://127.0.0.1:8082');
  for (const url of [
    'http://127.0.0.1:8082/serve',
    'http://127.0.0.1:80820/serve',
    'http://gpu1:8082/serve',
  ]) {
    await add(url);
  }
  await followOwnRuntime(db, 'http://127.0.0.1:9000');
  const rows = await db.selectFrom('machine_mappings').select('base_url').orderBy('base_url').execute();
  expect(rows.map((row) => row.base_url)).toEqual([
    'http://127.0.0.1:80820/serve',
    'http://127.0.0.1:9000/serve',
    'http://gpu1:8082/serve',
  ]);
});
