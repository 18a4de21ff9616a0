import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../../test/database.ts';
import { createLog } from '../../../platform/log.ts';
import { Following } from './following.ts';
import type { Placing } from './placing.ts';
import type { RemoteServer, RemoteTask } from './remote-server.ts';

const log = createLog('silent');
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.close());

/** Open calls, each with a task on the remote. */
async function openCalls(count: number): Promise<void> {
  const { db } = database;
  await sql`INSERT INTO calls (id, company, kind, created, status, outcome, http_status, duration_ms, bytes_in, bytes_out, clone_id)
    SELECT 'call' || n, 'c', 'enqueue', now(), 'queued', 'accepted', 202, 1, 0, 0, 'clone' || n
    FROM generate_series(1, ${sql.lit(count)}) AS n`.execute(db);
  await sql`INSERT INTO remote_calls (call_id, state) SELECT id, 'queued' FROM calls`.execute(db);
}

it('leaves the rest to the next look when the server stops', async () => {
  await openCalls(1200);
  const ending = new AbortController();
  let asked = 0;
  // All of its tasks run.
  const server: Pick<RemoteServer, 'findTasks'> = {
    async findTasks(ids) {
      asked++;
      ending.abort();
      return new Map(ids.map((id): [string, RemoteTask] => [id, { id, status: 'in_progress' }]));
    },
  };
  const placing: Pick<Placing, 'recover'> = { recover: async () => {} };
  const following = new Following({
    ...{ db: database.db, log },
    server: server as RemoteServer,
    placing: placing as Placing,
  });
  const first = await following.look(ending.signal);
  expect(asked).toBe(1);
  // What was asked for is noted.
  expect(await runningCalls()).toBe(first);
  expect(await following.look(ending.signal)).toBe(0);
  expect(asked).toBe(1);
  await following.look();
  expect(await runningCalls()).toBe(1200);
});

async function runningCalls(): Promise<number> {
  const { count } = await database.db
    .selectFrom('calls')
    .select((expression) => expression.fn.countAll<number>().as('count'))
    .where('status', '=', 'running')
    .executeTakeFirstOrThrow();
  return count;
}
