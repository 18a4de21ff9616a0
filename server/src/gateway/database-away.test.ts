import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../test/gateway.ts';
import { startUpstream, type Upstream } from '../../test/upstream.ts';
import { createTaskMapping } from '../features/mappings/index.ts';
import { createTask } from '../features/tasks/index.ts';
import { sha256 } from '../platform/ids.ts';

let gateway: TestGateway;
let upstream: Upstream;
let publicId: string;

beforeAll(async () => {
  gateway = await createTestGateway({ log: 'silent' });
  upstream = await startUpstream((_request, response) => response.end('{}'));
  const task_id = await createTask(gateway.scope(), { name: 'statistics', type: 'inference' });
  await createTaskMapping(gateway.scope(), { task_id, default_queue: 'default' });
  publicId = sha256(task_id);
  await gateway.addModel('digits', [upstream.port]);
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const enqueue = (headers?: Record<string, string>) =>
  gateway.post('/gateway/v1/tasks/statistics/calls', {}, headers);
const queued = () =>
  gateway.database.db.selectFrom('tasks').select('id').where('status', '=', 'queued').execute();

async function expectOverloaded(answer: Response): Promise<void> {
  const refusal = {
    status: 'error',
    error: { code: 'overloaded', message: expect.stringMatching(/try again/) },
  };
  expect([answer.status, await answer.json()]).toEqual([503, refusal]);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
}

/** Each write to the table fails so while `work` runs. */
async function failing(table: string, state: string, work: () => Promise<void>): Promise<void> {
  const { db } = gateway.database;
  await sql`CREATE FUNCTION fail_writes() RETURNS trigger LANGUAGE plpgsql AS
    ${sql.lit(`BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '${state}'; END`)}`.execute(db);
  await sql`CREATE TRIGGER fail_writes BEFORE INSERT ON ${sql.table(table)} EXECUTE FUNCTION fail_writes()`.execute(
    db,
  );
  try {
    await work();
  } finally {
    await sql`DROP FUNCTION fail_writes() CASCADE`.execute(db);
  }
}

test.each([
  ['a lock that nobody gives up', '55P03'],
  ['a statement that takes too long', '57014'],
  ['no connection left', '53300'],
  ['a conflict that comes again and again', '40P01'],
])('%s: 503 with Retry-After, nothing is queued, and the row comes later', async (_what, state) => {
  const before = await queued();
  await failing('tasks', state, async () => {
    await expectOverloaded(await enqueue());
    await expectOverloaded(await gateway.post('/serve/enqueue_task', { task_id: publicId }));
  });
  expect(await queued()).toHaveLength(before.length);
  await expect
    .poll(() => gateway.lastCall())
    .toMatchObject({ outcome: 'failed', http_status: 503, error_code: 'overloaded', error_detail: 'no' });
  expect((await enqueue()).status).toBe(202);
});

test('while the log is locked a call is given up, and the next one that finds it open is served', async () => {
  const { db } = gateway.database;
  const before = await queued();
  const outcome = await db.transaction().execute(async (held) => {
    await sql`LOCK TABLE calls IN EXCLUSIVE MODE`.execute(held);
    const call = enqueue();
    // As the time limit of the statement would.
    await expect
      .poll(async () => {
        const { rows } = await sql`
          SELECT pg_cancel_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO calls%'`.execute(
          db,
        );
        return rows.length;
      })
      .toBeGreaterThan(0);
    return call;
  });
  await expectOverloaded(outcome);
  expect(await queued()).toHaveLength(before.length);
  expect((await enqueue()).status).toBe(202);
});

test('a model’s answer whose row cannot be written is none', async () => {
  await failing('calls', '53300', async () => {
    await expectOverloaded(await gateway.post('/gateway/v1/models/digits/calls', {}));
  });
  expect((await gateway.post('/gateway/v1/models/digits/calls', {})).status).toBe(200);
});

test('who cannot be identified for that reason is not taken for one who guesses', async () => {
  const { db } = gateway.database;
  const { token } = await gateway.auth.createAccessToken(gateway.admin.userId, 'tests');
  const before = await gateway.callCount();
  // Nothing is read any more: what reads tokens is cancelled as a time limit would.
  await sql`ALTER TABLE access_tokens RENAME TO access_tokens_away`.execute(db);
  await sql`CREATE FUNCTION give_up() RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN RAISE query_canceled; END $$`.execute(db);
  await sql`CREATE VIEW access_tokens AS SELECT id, user_id, name, give_up() AS token_hash, created, expires, last_used
    FROM access_tokens_away`.execute(db);
  try {
    for (let n = 0; n < 40; n++) await expectOverloaded(await enqueue({ authorization: `Bearer ${token}` }));
  } finally {
    await sql`DROP VIEW access_tokens`.execute(db);
    await sql`ALTER TABLE access_tokens_away RENAME TO access_tokens`.execute(db);
  }
  expect(await gateway.callCount()).toBe(before);
  expect((await enqueue({ authorization: `Bearer ${token}` })).status).toBe(202);
  expect((await enqueue({})).status).toBe(401);
});
