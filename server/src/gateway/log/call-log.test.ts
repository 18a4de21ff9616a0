import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { createLog } from '../../platform/log.ts';
import { Presence } from '../../platform/presence.ts';
import { GatewayError } from '../errors.ts';
import { Call } from './call.ts';
import { CallLog } from './call-log.ts';
import { closeInterruptedCalls } from './call-store.ts';

let database: TestDatabase;
let presence: Presence;
let calls: CallLog;
const log = createLog('silent');

const caller = {
  userId: 'ada',
  userName: 'Ada',
  company: 'company',
  companyName: 'Company',
  role: 'user',
} as const;

beforeAll(async () => {
  database = await createTestDatabase();
  presence = new Presence(database.pool, log);
  await presence.start();
  calls = callLog();
});

afterAll(async () => {
  await calls.close();
  presence.close();
  await database.close();
});

const callLog = (bodyChars = 16_000) => new CallLog({ database, log, bodyChars, server: presence.number });

const json = (value: unknown) => {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, size: bytes.length, contentType: 'application/json' };
};

function answeredCall(): Call {
  const call = new Call('ondemand', 0);
  call.madeBy(caller);
  call.received(json({ hours: 3, password: 'hunter2' }));
  call.learn({ mapping_id: 'm', alias: 'digits', machine: 'http://gpu:8000/serve', endpoint: 'digits' });
  call.mark('wait');
  call.answered(200, json({ digit: 7 }));
  return call;
}

const rowOf = (call: Call) =>
  database.db.selectFrom('calls').selectAll().where('id', '=', call.id).executeTakeFirstOrThrow();

test('a row holds what is known of its call, and is there when its promise resolves', async () => {
  const call = answeredCall();
  await calls.write(call);
  expect(await rowOf(call)).toMatchObject({
    ...{ company: 'company', user_id: 'ada', key_id: null, caller: 'Ada' },
    ...{ kind: 'ondemand', status: 'completed', outcome: 'ok', http_status: 200, server: null },
    ...{ request: '{"hours":3,"password":"***"}', answer: '{"digit":7}', bytes_out: 11 },
    phases: { wait: expect.any(Number) },
    created: call.created,
    ended: expect.any(Date),
  });
});

test('a phase that comes again is added to, to the microsecond', () => {
  const clock = vi.spyOn(performance, 'now');
  for (const now of [0, 0.1, 0.1, 0.3]) clock.mockReturnValueOnce(now);
  const call = new Call('ondemand', 0);
  for (const phase of ['receive', 'lookup', 'receive']) call.mark(phase);
  clock.mockRestore();
  expect(call.measure.phases).toEqual({ receive: 0.3, lookup: 0 });
});

test('200 calls that end at once are written with few commits', async () => {
  const ended = Array.from({ length: 200 }, answeredCall);
  await Promise.all(ended.map((call) => calls.write(call)));
  const { rows } = await sql<{ rows: number; commits: number }>`
    SELECT count(*) AS rows, count(DISTINCT xmin::text) AS commits FROM calls
    WHERE id = ANY(${ended.map(({ id }) => id)}::text[])`.execute(database.db);
  expect(rows[0]?.rows).toBe(200);
  expect(rows[0]?.commits).toBeLessThan(5);
});

test('a row that the database refuses fails its own call only', async () => {
  const twin = answeredCall();
  const ended = Array.from({ length: 20 }, answeredCall);
  // A kind that the table does not know.
  const bad = new Call('other' as 'ondemand', 0);
  const results = await Promise.allSettled([...ended, bad, twin].map((call) => calls.write(call)));
  expect(results.map(({ status }) => status)).toEqual([
    ...ended.map(() => 'fulfilled'),
    'rejected',
    'fulfilled',
  ]);
});

test('texts that PostgreSQL cannot store do not harm a row', async () => {
  const call = answeredCall();
  call.learn({ alias: 'a\0b\ud800' });
  call.failed(new GatewayError('bad_answer', 'odd \0 answer', 'http://u:p@gpu?token=hunter2'));
  await calls.write(call);
  expect(await rowOf(call)).toMatchObject({
    alias: 'ab\ufffd',
    error: 'odd  answer',
    error_detail: 'http://***@gpu?token=***',
  });
});

test('connections that break under the writes lose no row and write none twice', async () => {
  const ended: Call[] = [];
  const writes: Promise<void>[] = [];
  for (let round = 0; round < 20; round++) {
    for (let n = 0; n < 20; n++) {
      const call = answeredCall();
      ended.push(call);
      writes.push(calls.write(call));
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (round % 8 === 0) {
      // A write is tried twice and no more: what was cut off before must be through.
      await Promise.all(writes.slice(0, -20));
      // One that writes if there is one: the second try must not meet another that ends.
      await sql`SELECT pg_terminate_backend(pid) FROM (
        SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%calls%'
        ORDER BY state = 'active' DESC LIMIT 1) AS victim`.execute(database.db);
    }
  }
  await Promise.all(writes);
  const ids = ended.map(({ id }) => id);
  const { rows } = await database.db
    .selectFrom('calls')
    .select(({ fn }) => fn.countAll<number>().as('rows'))
    .where('id', 'in', ids)
    .executeTakeFirstOrThrow();
  expect(rows).toBe(400);
});

test('the row of a streamed answer is completed', async () => {
  const call = new Call('ondemand', 0);
  call.accepted(200, 0);
  await calls.write(call);
  expect(await rowOf(call)).toMatchObject({ status: 'running', ended: null, server: presence.number });
  call.answered(200, json('done'));
  await calls.complete(call);
  expect(await rowOf(call)).toMatchObject({
    status: 'completed',
    outcome: 'ok',
    server: null,
    ended: expect.any(Date),
  });
});

/** Each write to the log fails, as if there were no connection, until the answered function is called. */
async function cutOff(): Promise<() => Promise<void>> {
  await sql`CREATE FUNCTION fail_calls() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'away' USING ERRCODE = '53300'; END $$`.execute(database.db);
  await sql`CREATE TRIGGER fail_calls BEFORE INSERT OR UPDATE ON calls
    EXECUTE FUNCTION fail_calls()`.execute(database.db);
  return async () => void (await sql`DROP FUNCTION fail_calls() CASCADE`.execute(database.db));
}

/** The answer of a call is on its way, and its row says so. */
async function runningCall(): Promise<Call> {
  const call = new Call('ondemand', 0);
  call.accepted(200, 0);
  await calls.write(call);
  return call;
}

const overloaded = () => new GatewayError('overloaded', 'try again');

test('the end of a streamed answer is written however long the database is away', async () => {
  const pausesMs = [1];
  const patient = new CallLog({ database, log, bodyChars: 100, server: presence.number, pausesMs });
  const call = await runningCall();
  call.answered(200, json('done'));
  const failed = vi.spyOn(log, 'error');
  const back = await cutOff();
  const tries = vi.spyOn(database.unsynced, 'query');
  const completed = patient.complete(call);
  // More often than there are pauses.
  await expect.poll(() => tries.mock.calls.length).toBeGreaterThan(8);
  await back();
  await completed;
  expect(await rowOf(call)).toMatchObject({ status: 'completed', server: null });
  expect(failed).not.toHaveBeenCalled();
  vi.restoreAllMocks();
  await patient.close();
});

test('the failure of a call is written over the row that it may have', async () => {
  const [running, unwritten] = [await runningCall(), new Call('ondemand', 0)];
  for (const call of [running, unwritten]) {
    call.failed(overloaded(), 70);
    await calls.rewrite(call);
    expect(await rowOf(call)).toMatchObject({
      ...{ status: 'failed', outcome: 'failed', http_status: 503, error_code: 'overloaded' },
      ...{ server: null, bytes_out: 70, ended: expect.any(Date) },
    });
  }
});

test('who fails while the database is away does not wait for it, and the row comes later', async () => {
  const patient = new CallLog({ database, log, bodyChars: 100, server: presence.number, pausesMs: [1] });
  const call = await runningCall();
  call.failed(overloaded());
  const back = await cutOff();
  await patient.rewrite(call);
  await back();
  await expect.poll(async () => (await rowOf(call)).status).toBe('failed');
  await patient.close();
});

test('a task that is queued all the same is not said to have failed', async () => {
  const call = new Call('enqueue', 0);
  call.learn({ clone_id: 'c' });
  call.accepted(202, 10);
  await calls.write(call);
  call.failed(overloaded());
  await calls.rewrite(call);
  expect(await rowOf(call)).toMatchObject({ status: 'queued', outcome: 'accepted', clone_id: 'c' });
});

test('a row that is in sums which are not written yet is not changed before it is counted', async () => {
  const patient = new CallLog({ database, log, bodyChars: 100, server: presence.number, pausesMs: [1] });
  const call = answeredCall();
  await calls.write(call);
  const count = (sums_number: number | null) =>
    database.db.updateTable('calls').set({ sums_number }).where('id', '=', call.id).execute();
  await count(7);
  call.failed(overloaded());
  await patient.rewrite(call);
  expect(await rowOf(call)).toMatchObject({ outcome: 'ok' });
  await count(null);
  await expect.poll(async () => (await rowOf(call)).outcome).toBe('failed');
  await patient.close();
});

test('the log is not closed before the calls that have begun are over', async () => {
  const closing = new CallLog({ database, log, bodyChars: 100, server: presence.number });
  closing.admit();
  closing.admit();
  let isClosed = false;
  const closed = closing.close().then(() => {
    isClosed = true;
  });
  const [first, second] = [answeredCall(), await runningCall()];
  await closing.write(first);
  closing.ended();
  expect(isClosed).toBe(false);
  second.answered(200, json('done'));
  void closing.complete(second);
  closing.ended();
  await closed;
  expect((await rowOf(second)).status).toBe('completed');
});

test('a queued call is open, and not a stream of this server', async () => {
  const call = new Call('enqueue', 0);
  call.madeBy({ ...caller, key: { id: 'k', name: 'plant 4' } });
  call.learn({ clone_id: 'c' });
  call.accepted(202, 10);
  await calls.write(call);
  expect(await rowOf(call)).toMatchObject({
    ...{ status: 'queued', ended: null, server: null, outcome: 'accepted' },
    ...{ user_id: null, key_id: 'k', caller: 'plant 4' },
  });
});

test('the answer of a queued call is in its row like any other, and not when it could not be queued', () => {
  const call = new Call('enqueue', 0);
  const answer = json({ status: 'queued', queue: 'default', task_name: 'token=abc' });
  call.accepted(202, answer.size, answer);
  const limits = { bodyChars: 100, server: 0 };
  const kept = '{"status":"queued","queue":"default","task_name":"***"}';
  expect(call.record(limits)).toMatchObject({ status: 'queued', answer: kept, bytes_out: answer.size });
  call.failed(new GatewayError('internal_error', 'not committed'), 80);
  expect(call.record(limits)).toMatchObject({ status: 'failed', answer: null, bytes_out: 80 });
});

test('what a stream sent before it broke off stays', () => {
  const call = new Call('ondemand', 0);
  call.accepted(200, 0);
  call.answered(200, json({ digit: 7 }));
  call.failed(new GatewayError('bad_answer', 'it broke off'));
  expect(call.record({ bodyChars: 100, server: 0 })).toMatchObject({ answer: '{"digit":7}', bytes_out: 11 });
});

test('bodies are cut where the setting says, and 0 keeps none', async () => {
  const kept = answeredCall().record({ bodyChars: 8, server: 1 });
  expect([kept.request, kept.answer]).toEqual(['{"hours"', '{"digit"']);
  const none = answeredCall().record({ bodyChars: 0, server: 1 });
  expect([none.request, none.answer]).toEqual([null, null]);
});

test('answers that a server was sending are closed when it is gone, by any other server', async () => {
  const other = new Presence(database.pool, log);
  await other.start();
  expect(other.number).not.toBe(presence.number);
  const streaming = async (server: number) => {
    const call = new Call('ondemand', 0);
    call.accepted(200, 0);
    await new CallLog({ database, log, bodyChars: 100, server }).write(call);
    return call;
  };
  const [mine, theirs] = [await streaming(presence.number), await streaming(other.number)];
  await closeInterruptedCalls(database.db);
  expect((await rowOf(theirs)).status).toBe('running');
  // The connection ends with the process, however that ends.
  other.close();
  await expect
    .poll(async () => {
      await closeInterruptedCalls(database.db);
      return (await rowOf(theirs)).status;
    })
    .toBe('failed');
  expect(await rowOf(mine)).toMatchObject({ status: 'running', outcome: 'accepted' });
  expect(await rowOf(theirs)).toMatchObject({ error_code: 'internal_error', ended: expect.any(Date) });
});

test('a server whose connection broke is present again', async () => {
  const isHeld = async () => {
    const { rows } = await sql<{ pid: number }>`
      SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid::bigint = ${presence.number} AND objsubid = 2
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`.execute(database.db);
    return rows[0]?.pid;
  };
  const pid = await isHeld();
  await sql`SELECT pg_terminate_backend(${pid}::integer)`.execute(database.db);
  await expect.poll(isHeld).toSatisfy((now) => now !== undefined && now !== pid);
});
