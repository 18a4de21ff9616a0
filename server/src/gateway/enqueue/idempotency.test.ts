import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../../test/gateway.ts';
import { createTaskMapping } from '../../features/mappings/index.ts';
import { createTask } from '../../features/tasks/index.ts';
import { newId, sha256 } from '../../platform/ids.ts';
import { dropOldKeys } from './idempotency.ts';

let gateway: TestGateway;
let publicId: string;

beforeAll(async () => {
  gateway = await createTestGateway();
  for (const name of ['statistics', 'forecast']) {
    const task_id = await createTask(gateway.scope(), { name, type: 'inference' });
    const limits = name === 'forecast' ? { calls_per_day: 2 } : {};
    if (name === 'statistics') publicId = sha256(task_id);
    await createTaskMapping(gateway.scope(), { task_id, default_queue: 'default', ...limits });
  }
});

afterAll(() => gateway.close());

async function call(key: string, body: unknown = {}, { alias = 'statistics', token = gateway.token } = {}) {
  const headers = { authorization: `Bearer ${token}`, 'idempotency-key': key };
  const answer = await gateway.post(`/gateway/v1/tasks/${alias}/calls`, body, headers);
  return {
    status: answer.status,
    replayed: answer.headers.get('idempotency-replayed'),
    callId: answer.headers.get('arno-call-id'),
    // biome-ignore lint/suspicious/noExplicitAny: tests read single fields of answers.
    body: (await answer.json()) as any,
  };
}

async function counts() {
  const { rows } = await sql<{ calls: number; clones: number }>`
    SELECT (SELECT count(*) FROM calls) AS calls, (SELECT count(*) FROM tasks WHERE status = 'queued') AS clones`.execute(
    gateway.database.db,
  );
  return rows[0] as { calls: number; clones: number };
}

test('the same call is answered as before and queued once', async () => {
  const key = newId();
  const body = { params: { hours: 1 } };
  const first = await call(key, body);
  expect(first).toMatchObject({ status: 202, replayed: null });
  const before = await counts();
  const second = await call(key, body);
  expect(second).toEqual({ ...first, replayed: 'true' });
  expect(second.callId).toBe(first.body.call_id);
  // No row: the call that was answered has one.
  expect(await counts()).toEqual(before);
});

test('two that come at once make one call, also on two servers', async () => {
  const replica = await createTestGateway({ replicaOf: gateway });
  try {
    for (let round = 0; round < 5; round++) {
      const before = await counts();
      const key = newId();
      const headers = { authorization: `Bearer ${gateway.token}`, 'idempotency-key': key };
      const answers = await Promise.all(
        [gateway, replica, gateway, replica].map((server) =>
          server.post('/gateway/v1/tasks/statistics/calls', { params: { round } }, headers),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202]);
      const ids = new Set(
        await Promise.all(answers.map(async (answer) => JSON.stringify(await answer.json()))),
      );
      expect(ids.size).toBe(1);
      const replays = answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true');
      expect(replays).toHaveLength(3);
      const after = await counts();
      expect([after.calls - before.calls, after.clones - before.clones]).toEqual([1, 1]);
    }
  } finally {
    await replica.close();
  }
});

test('the key of another call is refused, with a row in the log', async () => {
  const key = newId();
  await call(key, { params: { hours: 1 } });
  const body = await call(key, { params: { hours: 2 } });
  expect(body).toMatchObject({ status: 409, body: { error: { code: 'idempotency_conflict' } } });
  expect(await gateway.lastCall()).toMatchObject({ error_code: 'idempotency_conflict', http_status: 409 });
  const mapping = await call(key, { params: { hours: 1 } }, { alias: 'forecast' });
  expect(mapping.body.error.code).toBe('idempotency_conflict');
});

test('a key is one caller’s own', async () => {
  const key = newId();
  const ada = await gateway.addUser('user');
  const [one, other] = [await call(key), await call(key, {}, { token: ada.token })];
  expect(other).toMatchObject({ status: 202, replayed: null });
  expect(other.callId).not.toBe(one.callId);
});

test('a refused call leaves its key free, and a repeated one is not counted', async () => {
  const key = newId();
  expect((await call(key, { queue: 'nowhere' }, { alias: 'forecast' })).status).toBe(400);
  expect(await call(key, {}, { alias: 'forecast' })).toMatchObject({ status: 202, replayed: null });
  for (let time = 0; time < 3; time++) {
    expect(await call(key, {}, { alias: 'forecast' })).toMatchObject({ status: 202, replayed: 'true' });
  }
  expect((await call(newId(), {}, { alias: 'forecast' })).body.error.code).toBe('quota_exceeded');
});

test('a repeat that is counted after the call that used up the limit is answered as that one', async () => {
  const task_id = await createTask(gateway.scope(), { name: 'rare', type: 'inference' });
  await createTaskMapping(gateway.scope(), { task_id, default_queue: 'default', calls_per_minute: 1 });
  const { db } = gateway.database;
  const lock = 7_001;
  await sql`CREATE TABLE holds AS SELECT true AS is_held`.execute(db);
  await sql`CREATE FUNCTION hold_count() RETURNS trigger LANGUAGE plpgsql AS ${sql.lit(`BEGIN
    IF (SELECT is_held FROM holds) THEN PERFORM pg_advisory_xact_lock(${lock}); END IF; RETURN NEW; END`)}`.execute(
    db,
  );
  await sql`CREATE TRIGGER hold_count BEFORE INSERT ON call_counts FOR EACH ROW EXECUTE FUNCTION hold_count()`.execute(
    db,
  );
  const key = newId();
  try {
    const { first, repeat } = await db.transaction().execute(async (held) => {
      await sql`SELECT pg_advisory_xact_lock(${lock})`.execute(held);
      const repeat = call(key, {}, { alias: 'rare' });
      // It has found its key unused by then.
      await expect.poll(() => waitingFor(lock)).toBe(1);
      await sql`UPDATE holds SET is_held = false`.execute(db);
      return { first: await call(key, {}, { alias: 'rare' }), repeat };
    });
    expect(first).toMatchObject({ status: 202, replayed: null });
    expect(await repeat).toEqual({ ...first, replayed: 'true' });
  } finally {
    await sql`DROP FUNCTION hold_count() CASCADE`.execute(db);
    await sql`DROP TABLE holds`.execute(db);
  }
  expect((await call(newId(), {}, { alias: 'rare' })).body.error.code).toBe('rate_limited');
});

/** How many wait for an advisory lock. */
async function waitingFor(lock: number): Promise<number> {
  const { rows } = await sql`SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE datname = current_database() AND locktype = 'advisory' AND objid = ${lock} AND NOT granted`.execute(
    gateway.database.db,
  );
  return rows.length;
}

test('after a day a key counts no more, whether it was cleaned away or not', async () => {
  const { db } = gateway.database;
  const age = (key: string) =>
    sql`UPDATE idempotency_keys SET created = now() - interval '25 hours' WHERE key = ${key}`.execute(db);
  const [kept, cleaned] = [newId(), newId()];
  const before = [await call(kept), await call(cleaned)];
  await age(cleaned);
  await dropOldKeys(db);
  await age(kept);
  const after = [await call(kept, { params: { other: 1 } }), await call(cleaned)];
  expect(after.map(({ replayed }) => replayed)).toEqual([null, null]);
  expect(after.map(({ callId }) => callId)).not.toEqual(before.map(({ callId }) => callId));
  expect(await call(kept, { params: { other: 1 } })).toMatchObject({
    replayed: 'true',
    callId: after[0]?.callId,
  });
});

test.each(['', ' ', 'a b', 'x'.repeat(256)])('%j is no key', async (key) => {
  const { status, body } = await call(key);
  expect([status, body.error.code]).toEqual([400, 'invalid_request']);
});

test('the legacy form answers again what it answered, also with another token in its body', async () => {
  const [key, path] = [newId(), '/clearml/serve/enqueue_task'];
  const other = await gateway.auth.createAccessToken(gateway.admin.userId, 'tests');
  const send = async (body: object) => {
    const answer = await gateway.post(path, body, { 'idempotency-key': key });
    const replayed = answer.headers.get('idempotency-replayed');
    // biome-ignore lint/suspicious/noExplicitAny: tests read single fields of answers.
    return { status: answer.status, replayed, body: (await answer.json()) as any };
  };
  const asked = { task_id: publicId, params: { hours: 1 } };
  const first = await send({ ...asked, access_token: gateway.token });
  expect(first).toMatchObject({ status: 200, replayed: null, body: { status: 'queued' } });
  const before = await counts();
  const again = await send({ ...asked, access_token: other.token });
  expect(again).toEqual({ ...first, replayed: 'true' });
  expect(await counts()).toEqual(before);

  const changed = await send({ ...asked, params: { hours: 2 }, access_token: gateway.token });
  expect([changed.status, changed.body.error.code]).toEqual([409, 'idempotency_conflict']);
  await gateway.database.db.deleteFrom('calls').where('id', '=', first.body.call_id).execute();
  const deleted = await send({ ...asked, access_token: gateway.token });
  expect([deleted.status, deleted.body.error.code]).toEqual([404, 'unknown_call']);
});
