import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { createLog } from '../../platform/log.ts';
import { Presence } from '../../platform/presence.ts';
import { Call, type CallRecord } from './call.ts';
import { insertCallsAgain } from './call-store.ts';
import { CountedInserts } from './counted-inserts.ts';
import { countCallsOfDeadServers, countLostCalls } from './lost-calls.ts';

const log = createLog('silent');
let database: TestDatabase;
let presence: Presence;
let inserts: CountedInserts;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

beforeEach(async () => {
  await sql`TRUNCATE calls, call_changes, open_call_sums CASCADE`.execute(database.db);
  presence = new Presence(database.pool, log);
  await presence.start();
  inserts = countedInserts();
  return async () => {
    await inserts.close();
    presence.close();
  };
});

/** @param turnMs so long that sums are written when they are closed only */
const countedInserts = (turnMs = 3_600_000) =>
  new CountedInserts({ database, log, server: presence.number, turnMs, oftenMs: Number.POSITIVE_INFINITY });

/** Longer than anything here takes on a busy machine. */
const patience = { timeout: 30_000, interval: 50 };

function answered(count = 10): CallRecord[] {
  return Array.from({ length: count }, () => {
    const call = new Call('ondemand', 0);
    call.answered(200, { bytes: Buffer.from('1'), size: 1, contentType: 'application/json' });
    return call.record({ bodyChars: 10, server: presence.number });
  });
}

const changes = async () => {
  const { rows } = await sql<{
    calls: number;
  }>`SELECT coalesce(sum(calls), 0)::bigint AS calls FROM call_changes`.execute(database.db);
  return rows[0]?.calls;
};
const openSums = () => database.db.selectFrom('open_call_sums').selectAll().execute();
const numberOf = async ({ id }: CallRecord) =>
  (await database.db.selectFrom('calls').select('sums_number').where('id', '=', id).executeTakeFirstOrThrow())
    .sums_number;

/** Writes as the log does, which tries a second time. */
const write = (calls: CallRecord[]) =>
  inserts.insert(calls).catch(() => insertCallsAgain(database.pool, calls));

/** Writes calls until their rows bear a number, and answers how many. */
async function writeUntilBegun(): Promise<number> {
  for (let written = 10; ; written += 10) {
    const calls = answered();
    await write(calls);
    if (calls[0]?.sums_number) return written;
  }
}

/** As if no server had written sums for a minute. */
const aMinuteLater = () =>
  sql`UPDATE open_call_sums SET turned = turned - interval '61 seconds'`.execute(database.db);

test('calls are counted in memory, and their sums written a moment later', async () => {
  inserts = countedInserts(250);
  const written = await writeUntilBegun();
  await vi.waitFor(async () => expect(await changes()).toBe(written), patience);
  await vi.waitFor(async () => expect(await openSums(), 'ended when no calls come').toEqual([]), patience);
});

test('rows bear the number of the sums that are open', async () => {
  const written = await writeUntilBegun();
  const calls = answered();
  await inserts.insert(calls);
  expect(await numberOf(calls[0] as CallRecord)).toBe((await openSums())[0]?.number);
  expect(await changes()).toBe(written - 10);
});

test('closing writes what waits, and leaves nothing open', async () => {
  const written = await writeUntilBegun();
  await inserts.close();
  expect(await changes()).toBe(written);
  expect(await openSums()).toEqual([]);
});

test('a trigger counts calls that change later, and those that took more than a minute', async () => {
  const written = (await writeUntilBegun()) - 10;
  const calls = answered(3) as [CallRecord, CallRecord, CallRecord];
  Object.assign(calls[0], { status: 'running', outcome: 'accepted', ended: null });
  calls[1].created = new Date(Date.now() - 3_600_000);
  Object.assign(calls[2], { kind: 'enqueue' });
  await inserts.insert(calls);
  expect(await changes()).toBe(written + 3);
  expect(await Promise.all(calls.map(numberOf))).toEqual([null, null, null]);
});

test('calls whose sums died with their server are counted once, by any other', async () => {
  const written = await writeUntilBegun();
  await countCallsOfDeadServers(database.db);
  await aMinuteLater();
  await countCallsOfDeadServers(database.db);
  expect(await changes(), 'it lives').toBe(written - 10);
  presence.close();
  await vi.waitFor(async () => {
    await countCallsOfDeadServers(database.db);
    expect(await changes()).toBe(written);
  }, patience);
  await countCallsOfDeadServers(database.db);
  expect(await changes()).toBe(written);
  expect(await openSums()).toEqual([]);
});

test('a server that another took for dead counts what it logged since, and nothing twice', async () => {
  const written = await writeUntilBegun();
  await countLostCalls(database.db, presence.number);
  expect(await changes()).toBe(written);
  const late = answered();
  await inserts.insert(late);
  expect(await numberOf(late[0] as CallRecord)).not.toBeNull();
  expect(await changes()).toBe(written);
  await inserts.close();
  await vi.waitFor(async () => expect(await changes()).toBe(written + 10), patience);
  expect(await openSums()).toEqual([]);
});

test('a number that PostgreSQL forgot when it crashed is counted with the one it knows', async () => {
  const written = await writeUntilBegun();
  await sql`WITH lost AS (UPDATE open_call_sums SET number = -1 RETURNING number)
    UPDATE calls SET sums_number = (SELECT number FROM lost) WHERE id = (SELECT max(id) FROM calls WHERE sums_number IS NOT NULL)`.execute(
    database.db,
  );
  await inserts.close();
  await vi.waitFor(async () => expect(await changes()).toBe(written), patience);
});

test('connections that break lose no call from the sums and count none twice', async () => {
  inserts = countedInserts(250);
  let written = 0;
  for (let round = 0; round < 4; round++) {
    written += await writeUntilBegun();
    const calls = answered();
    const writing = write(calls);
    // Those of rows and sums only, each known by how its text begins.
    await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
      AND query LIKE ANY('{COPY calls%,UPDATE open_call_sums SET number%,INSERT INTO open_call_sums%,INSERT INTO call_changes%}')`.execute(
      database.db,
    );
    await writing;
    written += 10;
  }
  await inserts.close();
  presence.close();
  await aMinuteLater();
  await vi.waitFor(async () => {
    await countCallsOfDeadServers(database.db);
    expect(await changes()).toBe(written);
  }, patience);
  const { count } = await database.db
    .selectFrom('calls')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  expect(count).toBe(written);
});
