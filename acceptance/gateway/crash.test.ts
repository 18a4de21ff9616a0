import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { type Arno, createHome, removeHome, startArno } from '../lib/arno.ts';
import { logIn } from '../lib/console.ts';
import { embeddedPostgres } from '../lib/postgres.ts';
import { answering, publishModel, publishTask, startMachine } from '../lib/publish.ts';
import { isIdempotent, isQueued, type Sent, send, startTraffic } from '../lib/traffic.ts';
import { until } from '../lib/wait.ts';

// kill -9 in the middle of 200 calls a second.

const rounds = 10;

/** A home with a published task and model, that is started again and again. */
async function lab() {
  const home = await createHome();
  const machine = await startMachine(answering({ digit: 5 }));
  onTestFinished(async () => {
    await machine.close();
    await removeHome(home);
  });
  const start = async (round: number | string) => {
    const label = `crash-${round}`;
    const arno = await startArno({ label, home, args: ['--no-agent', '--no-demo'] });
    onTestFinished(async () => {
      await arno.stop();
    });
    return arno;
  };
  const arno = await start('first');
  const session = await logIn(arno);
  const task = await publishTask(arno, session, { alias: 'statistics' });
  const model = await publishModel(arno, session, { alias: 'digits', url: machine.url });
  return { home, arno, start, published: { task, model } };
}

/** Some of the calls have been answered and some are under way, at a moment that is another one each time. */
async function inTheMiddle(traffic: ReturnType<typeof startTraffic>): Promise<void> {
  const answered = traffic.answered().length;
  await until('calls are answered', () => traffic.answered().length >= answered + 200);
  await sleep(Math.random() * 500);
  await traffic.burst();
  await sleep(Math.random() * 5);
}

async function query(arno: Arno, text: string, values: unknown[] = []) {
  const { host, port, user, database } = await embeddedPostgres(arno);
  const client = new pg.Client({ host, port, user, database });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** What must be true whenever and wherever something died. */
async function expectNothingLost(arno: Arno, answered: Sent[]): Promise<void> {
  const ids = answered.map(({ callId }) => callId);
  expect(ids.every((id) => typeof id === 'string')).toBe(true);
  const missing = await query(
    arno,
    'SELECT id FROM unnest($1::text[]) AS id WHERE NOT EXISTS (SELECT FROM calls WHERE calls.id = id.id)',
    [ids],
  );
  expect(missing, 'answered calls without a row').toEqual([]);
  const clones = `SELECT t.id FROM tasks t WHERE t.parent IS NOT NULL`;
  expect(
    await query(arno, `${clones} AND NOT EXISTS (SELECT FROM calls WHERE clone_id = t.id)`),
    'clones without the row of a call',
  ).toEqual([]);
  const accepted = `SELECT id FROM calls c WHERE kind = 'enqueue' AND outcome = 'accepted'`;
  const queued = 'SELECT FROM tasks t JOIN queue_entries q ON q.task_id = t.id WHERE t.id = c.clone_id';
  expect(
    await query(arno, `${accepted} AND NOT EXISTS (${queued})`),
    'accepted calls whose clone is not in its queue',
  ).toEqual([]);
  expect(
    await query(
      arno,
      `SELECT request::jsonb->'params'->>'mark' FROM calls WHERE kind = 'enqueue' AND outcome = 'accepted'
       GROUP BY 1 HAVING count(*) > 1`,
    ),
    'calls that were made twice',
  ).toEqual([]);
}

/** Repeats calls with idempotency keys: those that were answered get the same answer, of the others there is one in the end. */
async function repeat(arno: Arno, published: Parameters<typeof send>[1], sent: Sent[]): Promise<void> {
  const calls = sent.filter(isIdempotent);
  for (const call of calls) {
    const again = { form: call.form, mark: call.mark } as Sent;
    await send(arno, published, again);
    expect(again.status).toBe(202);
    if (call.status === 202) expect(again.callId).toBe(call.callId);
  }
  const [{ count }] = await query(
    arno,
    `SELECT count(DISTINCT clone_id)::int FROM calls WHERE request::jsonb->'params'->>'mark' = ANY($1) AND outcome = 'accepted'`,
    [calls.map(({ mark }) => mark)],
  );
  expect(count).toBe(calls.length);
}

/** What a killed server had not added to the statistics is counted by the next one, a minute later. */
async function expectEachCountedOnce(arno: Arno): Promise<void> {
  await query(arno, `UPDATE open_call_sums SET turned = turned - interval '61 seconds'`);
  await until('each call is counted once', async () => {
    const [{ calls, counted }] = await query(
      arno,
      `SELECT (SELECT count(*) FROM calls)::int AS calls, (SELECT coalesce(sum(calls), 0) FROM call_changes)::int
         + (SELECT coalesce(sum(calls), 0) FROM call_stats WHERE span = 'hour')::int AS counted`,
    );
    return calls === counted;
  });
}

test(`${rounds} times kill -9 of the server: nothing answered is lost, nothing is done twice`, async () => {
  const { arno: first, start, published } = await lab();
  let arno = first;
  const answered: Sent[] = [];
  let cutOff = 0;
  for (let round = 1; round <= rounds; round++) {
    const traffic = startTraffic(arno, published);
    await inTheMiddle(traffic);
    arno.program.signal('SIGKILL');
    await arno.program.ended;
    const sent = await traffic.stop();
    answered.push(...traffic.answered());
    cutOff += sent.filter(({ status }) => status === undefined).length;
    expect(
      traffic
        .answered()
        .map(({ status }) => status)
        .filter((status) => status !== 200 && status !== 202),
    ).toEqual([]);

    arno = await start(round);
    await expectNothingLost(arno, answered);
    await repeat(arno, published, sent);
    await expectNothingLost(arno, answered);
    const open = `SELECT id FROM calls WHERE kind = 'ondemand' AND status = 'running'`;
    expect(await query(arno, open), 'calls on demand that seem to go on').toEqual([]);
  }
  expect(cutOff, 'calls without an answer').toBeGreaterThan(0);
  await expectEachCountedOnce(arno);
}, 1_200_000);

// Rows of calls on demand do not wait for the disk (ADR 6), so those of the last second may be missing then; a queued call may not.
test('kill -9 of PostgreSQL: no queued call is lost, and calls go on when it is back', async () => {
  const { arno, published } = await lab();
  const traffic = startTraffic(arno, published);
  await inTheMiddle(traffic);
  const { pid } = await embeddedPostgres(arno);
  process.kill(pid, 'SIGKILL');
  await until('a new PostgreSQL runs', async () => {
    const running = await embeddedPostgres(arno).catch(() => undefined);
    return running !== undefined && running.pid !== pid;
  });
  // The row of an On-Demand call may have been in the memory of the killed one alone (ADR 6), until the last of its processes ended.
  const inDoubt = new Set(traffic.sent);
  const isHealthy = async () => (await fetch(`${arno.web}/health`)).status === 200;
  await until('Arno is healthy again', isHealthy);
  const served = () => traffic.answered().filter(({ status = 500 }) => status < 300);
  const before = served().length;
  await until('calls succeed again', () => served().length > before + 100);
  const sent = await traffic.stop();
  const mustBeThere = () => served().filter((call) => isQueued(call) || !inDoubt.has(call));
  await expectNothingLost(arno, mustBeThere());
  await repeat(arno, published, sent);
  await expectNothingLost(arno, mustBeThere());
}, 600_000);
