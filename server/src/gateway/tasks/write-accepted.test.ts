import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDatabaseWire } from '../../../test/database-wire.ts';
import { createRemote, createRemoteTasks } from '../../../test/remote.ts';
import { createTask } from '../../features/tasks/index.ts';
import { type Database, isDatabaseAway, openDatabase } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { createLog } from '../../platform/log.ts';
import { insertCallRows } from '../enqueue/call-rows.ts';
import { Call } from '../log/call.ts';
import { EmbeddedTasks } from './embedded-tasks.ts';
import { tagOf } from './remote/placement.ts';
import { RemoteTasks } from './remote/remote-tasks.ts';
import type { TaskBackend } from './task-backend.ts';
import { writeAccepted } from './write-accepted.ts';

// The connection to the database breaks while accepted calls are written.

let remote: Awaited<ReturnType<typeof createRemote>>;
/** Its database is reached without the wire. */
let direct: Awaited<ReturnType<typeof createRemoteTasks>>;
let wire: Awaited<ReturnType<typeof startDatabaseWire>>;
let wired: Database;

beforeEach(async () => {
  remote = await createRemote();
  direct = await createRemoteTasks(remote);
  wire = await startDatabaseWire(direct.database.url);
  wired = openDatabase(wire.url, () => {});
});
afterEach(async () => {
  await wired.close();
  await wire.close();
  await direct.close();
  await remote.close();
});

function newCall(): Call {
  const call = new Call('enqueue', 0);
  call.madeBy(direct.scope().caller);
  return call;
}

/** Makes the call, with an idempotency key, and answers its id. */
function make(tasks: TaskBackend, call: Call, template: string): Promise<string> {
  const scope = { ...direct.scope(), db: wired.db };
  const order = { callId: call.id, template, queue: 'default', params: {}, isUrgent: false };
  const rest = { image: undefined, project: undefined, tags: [], comment: 'called in a test' };
  return tasks.enqueue(scope, { ...order, ...rest }, ({ id, name, queue }) => {
    call.learn({ queue, clone_name: name, ...(id && { clone_id: id }) });
    call.accepted(202, 2);
    const { company, userId: callerId } = scope.caller;
    const key = { company, callerId, key: newId(), fingerprint: Buffer.alloc(32), callId: call.id };
    return { rows: { call: call.record({ bodyChars: 0, server: 0 }), key }, answer: call.id };
  });
}

/** Ids of the calls with a row, once for each of their clones that waits in a queue. */
async function queuedCalls(): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT calls.id FROM calls JOIN queue_entries AS entry ON entry.task_id = clone_id ORDER BY calls.id`.execute(
    direct.database.db,
  );
  return rows.map(({ id }) => id);
}

/** Tasks that were queued by calls, whether a row knows them or not. */
async function cloneCount(): Promise<number> {
  const clones = direct.database.db.selectFrom('queue_entries').select('task_id');
  return (await clones.execute()).length;
}

async function waitingForLocks(): Promise<number> {
  const { rows } = await sql`SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(direct.database.db);
  return rows.length;
}

describe('the embedded server', () => {
  let tasks: EmbeddedTasks;
  let template: string;
  beforeEach(async () => {
    tasks = new EmbeddedTasks(wired.db);
    template = await createTask(direct.scope(), { name: 'Forecast', type: 'inference' });
  });

  it.each(['request lost', 'answer lost'] as const)(
    '%s: each call is answered and queued once',
    async (how) => {
      const calls = Array.from({ length: 12 }, newCall);
      const ids = calls.map(({ id }) => id).sort();
      // All but the first are written together.
      wire.breakAt(calls.at(-1)?.id ?? '', how);
      const answers = await Promise.all(calls.map((call) => make(tasks, call, template)));
      expect(answers.sort()).toEqual(ids);
      expect(await queuedCalls()).toEqual(ids);
      expect(await cloneCount()).toBe(ids.length);
    },
  );

  it('a transaction that goes on without its connection is waited for', async () => {
    const call = newCall();
    wire.breakAt(call.id, 'sent');
    const made = await direct.database.db.transaction().execute(async (held) => {
      await sql`LOCK TABLE calls IN EXCLUSIVE MODE`.execute(held);
      const making = make(tasks, call, template);
      // The first one for the table, the second one for the first.
      await expect.poll(waitingForLocks).toBe(2);
      return { making };
    });
    expect(await made.making).toBe(call.id);
    expect(await queuedCalls()).toEqual([call.id]);
    expect(await cloneCount()).toBe(1);
  });
});

describe('another ClearML server', () => {
  it.each(['request lost', 'answer lost'] as const)(
    '%s: the call is answered and queued once',
    async (how) => {
      const { id: template } = await remote.api.ok('tasks.create', { name: 'Forecast', type: 'training' });
      const log = createLog('silent');
      const options = { ...remote.options, files: undefined, log, server: direct.presence.number };
      const tasks = new RemoteTasks({ ...options, db: wired.db });
      const call = newCall();
      wire.breakAt(call.id, how);
      try {
        expect(await make(tasks, call, template)).toBe(call.id);
      } finally {
        tasks.close();
      }
      const tags = [tagOf(call.id)];
      const clones = await remote.api.ok('tasks.get_all', { tags, search_hidden: true });
      expect(clones.tasks).toMatchObject([{ status: 'queued' }]);
      expect(await direct.call(call.id)).toMatchObject({ outcome: 'accepted', clone_id: clones.tasks[0].id });
    },
  );
});

it('refuses when the database stays away', async () => {
  const call = newCall();
  call.accepted(202, 2);
  const rows = insertCallRows([{ call: call.record({ bodyChars: 0, server: 0 }) }]);
  wire.breakAt(call.id, 'for good');
  const waiting = { waitMs: 0, everyMs: 1 };
  const error = await writeAccepted(wired.db, call.id, rows, waiting).catch((thrown) => thrown);
  expect(isDatabaseAway(error)).toBe(true);
});

it('a row that cannot be written is refused after a broken connection too', async () => {
  const call = newCall();
  const rows = insertCallRows([
    { call: { ...call.record({ bodyChars: 0, server: 0 }), outcome: 'unheard of' } },
  ]);
  wire.breakAt(call.id, 'request lost');
  await expect(writeAccepted(wired.db, call.id, rows)).rejects.toMatchObject({ code: '23514' });
});
