import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../../test/gateway.ts';
import { createTaskMapping, updateTaskMapping } from '../../features/mappings/index.ts';
import { ensureProject } from '../../features/projects/index.ts';
import { ensureQueue } from '../../features/queues/index.ts';
import { createTask } from '../../features/tasks/index.ts';
import { newId } from '../../platform/ids.ts';

// Calls that come at once share transactions. Nothing of that may show.

let gateway: TestGateway;
const mappings = new Map<string, string>();

beforeAll(async () => {
  gateway = await createTestGateway();
  for (const name of ['statistics', 'forecast']) {
    const task_id = await createTask(gateway.scope(), { name, type: 'inference' });
    mappings.set(name, await createTaskMapping(gateway.scope(), { task_id, default_queue: 'default' }));
  }
  await ensureQueue(gateway.scope(), 'second');
});
afterAll(() => gateway.close());

interface CallOptions {
  alias?: string;
  body?: object;
  key?: string;
}

async function call({ alias = 'statistics', body = {}, key }: CallOptions = {}) {
  const authorization = `Bearer ${gateway.token}`;
  const headers = { authorization, ...(key !== undefined && { 'idempotency-key': key }) };
  const answer = await gateway.post(`/gateway/v1/tasks/${alias}/calls`, body, headers);
  const text = (await answer.json()) as { call_id: string; error?: { code: string } };
  return { status: answer.status, id: text.call_id, code: text.error?.code };
}

/** Calls with what they left; each is whole or not at all. */
async function leftBy(ids: string[]) {
  const { rows } = await sql<{ status: string; clone: string | null; entry: string | null; hours: string }>`
    SELECT calls.status, tasks.status AS clone, entry.queue_id AS entry,
      tasks.hyperparams #>> '{General,hours,value}' AS hours
    FROM calls LEFT JOIN tasks ON tasks.id = clone_id LEFT JOIN queue_entries AS entry ON entry.task_id = clone_id
    WHERE calls.id = ANY(${ids}::text[]) ORDER BY array_position(${ids}::text[], calls.id)`.execute(
    gateway.database.db,
  );
  return rows;
}

const many = <Result>(count: number, make: (index: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

test('each call of a burst has its own clone with its own parameters', async () => {
  const calls = await many(250, (hours) =>
    call({
      alias: hours % 3 === 0 ? 'forecast' : 'statistics',
      body: { params: { hours }, ...(hours % 5 === 0 && { queue: 'second' }) },
    }),
  );
  expect(new Set(calls.map(({ status }) => status))).toEqual(new Set([202]));
  const left = await leftBy(calls.map(({ id }) => id));
  const queues = await gateway.database.db.selectFrom('queues').select(['id', 'name']).execute();
  const idOf = (name: string) => queues.find((queue) => queue.name === name)?.id;
  expect(left).toEqual(
    calls.map((_, hours) => ({
      ...{ status: 'queued', clone: 'queued', hours: `${hours}` },
      entry: idOf(hours % 5 === 0 ? 'second' : 'default'),
    })),
  );
});

test('one that cannot be written fails alone', async () => {
  const { db } = gateway.database;
  await sql`CREATE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'poison' USING ERRCODE = 'check_violation'; END $$`.execute(db);
  await sql`CREATE TRIGGER poison BEFORE INSERT ON tasks FOR EACH ROW
    WHEN (NEW.hyperparams #>> '{General,poison,value}' = 'True') EXECUTE FUNCTION refuse_poison()`.execute(
    db,
  );
  const calls = await many(40, (index) => call({ body: { params: { poison: index === 17 } } }));
  await sql`DROP TRIGGER poison ON tasks`.execute(db);
  expect(calls.filter(({ status }) => status !== 202)).toEqual([calls[17]]);
  expect(calls[17]).toMatchObject({ status: 500, code: 'internal_error' });
  const left = await leftBy(calls.map(({ id }) => id));
  const expected = calls.map((_, index) => (index === 17 ? ['failed', null] : ['queued', 'queued']));
  expect(left.map(({ status, clone }) => [status, clone])).toEqual(expected);
});

test('a queue that is deleted in between is unknown, and the calls of others are not held up', async () => {
  await ensureQueue(gateway.scope(), 'doomed');
  const { db } = gateway.database;
  // Found before, gone when the entry is written.
  await sql`CREATE FUNCTION remove_doomed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN DELETE FROM queues WHERE name = 'doomed'; RETURN NULL; END $$`.execute(db);
  await sql`CREATE TRIGGER doom BEFORE INSERT ON tasks EXECUTE FUNCTION remove_doomed()`.execute(db);
  const calls = await many(10, (index) => call({ body: index % 2 === 0 ? { queue: 'doomed' } : {} }));
  await sql`DROP TRIGGER doom ON tasks`.execute(db);
  expect(calls.map(({ code }) => code)).toEqual(
    calls.map((_, index) => (index % 2 === 0 ? 'unknown_queue' : undefined)),
  );
});

test('one idempotency key many times at once is one call among others', async () => {
  const key = newId();
  const calls = await many(30, (index) => call(index % 2 === 0 ? { key } : { key: newId() }));
  expect(new Set(calls.map(({ status }) => status))).toEqual(new Set([202]));
  expect(new Set(calls.map(({ id }) => id)).size).toBe(16);
  const left = await leftBy([...new Set(calls.map(({ id }) => id))]);
  expect(left.map(({ clone }) => clone)).toEqual(Array(16).fill('queued'));
});

test('a project that is missing is made once', async () => {
  await updateTaskMapping(gateway.scope(), mappings.get('forecast') ?? '', { clone_project: 'Burst/calls' });
  const calls = await many(20, () => call({ alias: 'forecast' }));
  const { rows } = await sql<{ project: string }>`
    SELECT DISTINCT project FROM tasks JOIN calls ON clone_id = tasks.id
    WHERE calls.id = ANY(${calls.map(({ id }) => id)}::text[])`.execute(gateway.database.db);
  expect(rows).toEqual([{ project: await ensureProject(gateway.scope(), 'Burst/calls') }]);
});

test('a few large calls do not meet in one text', async () => {
  const text = 'x'.repeat(900_000);
  const calls = await many(12, () => call({ body: { params: { text } } }));
  expect(new Set(calls.map(({ status }) => status))).toEqual(new Set([202]));
});
