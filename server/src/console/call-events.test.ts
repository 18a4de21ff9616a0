import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { callRow } from '../../test/calls.ts';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { rollUpCalls } from '../gateway/index.ts';

let console: TestConsole;
type Person = { id: string; headers: { authorization: string } };
let admin: Person;
let user: Person;
const open: (() => void)[] = [];

beforeAll(async () => {
  console = await createTestConsole();
  admin = await console.personOf('admin');
  user = await console.personOf('user');
});

afterEach(() => {
  for (const close of open.splice(0)) close();
});

afterAll(() => console.close());

/** Follows the log; the events as `reload`, or the alias and status of a call. */
async function follow({ headers }: Person, query = '') {
  const leave = new AbortController();
  open.push(() => leave.abort());
  const answer = await fetch(`${console.address}/console/v1/calls/events?${query}`, {
    ...{ headers, signal: leave.signal },
  });
  let text = '';
  const reading = (async () => {
    for await (const chunk of answer.body as ReadableStream<Uint8Array>) text += Buffer.from(chunk);
  })().catch(() => {});
  const events = () =>
    text.split('\n\n').flatMap((event) => {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
      if (name === undefined || data === undefined) return [];
      const { alias, status } = JSON.parse(data);
      return [name === 'call' ? `${alias} ${status}` : name];
    });
  await expect.poll(events).toEqual(['reload']);
  return { answer, events, leave: () => leave.abort(), reading };
}

async function log(...facts: object[]) {
  const { company } = console.admin;
  const rows = facts.map((fact) => callRow({ company, ...fact }));
  await console.database.db.insertInto('calls').values(rows).execute();
  await rollUpCalls(console.database.db);
  return rows.map(({ id }) => id);
}

test('new and changed calls are told, through the filter, within the rights', async () => {
  const everything = await follow(admin);
  const failures = await follow(admin, 'status=failed');
  const own = await follow(user);
  expect(everything.answer.headers.get('content-type')).toContain('text/event-stream');
  const [id = ''] = await log(
    { alias: 'one', status: 'running', ended: null, user_id: user.id },
    { alias: 'two', status: 'failed', user_id: 'other' },
  );
  await expect.poll(() => everything.events().toSorted()).toEqual(['one running', 'reload', 'two failed']);
  await expect.poll(failures.events).toEqual(['reload', 'two failed']);
  await expect.poll(own.events).toEqual(['reload', 'one running']);
  await console.database.db.updateTable('calls').set({ status: 'failed' }).where('id', '=', id).execute();
  await rollUpCalls(console.database.db);
  await expect.poll(() => everything.events().at(-1)).toBe('one failed');
  await expect.poll(failures.events).toEqual(['reload', 'two failed', 'one failed']);
  await expect.poll(own.events).toEqual(['reload', 'one running', 'one failed']);
});

test('too much at once is told as a reload', async () => {
  const following = await follow(admin);
  await log(...Array.from({ length: 1500 }, (_, n) => ({ alias: `many-${n}` })));
  await expect.poll(following.events).toEqual(['reload', 'reload']);
});

test('only so many lists of one person are followed at a time', async () => {
  const following = await Promise.all(Array.from({ length: 20 }, () => follow(user)));
  const tooMany = await console.call('GET', 'calls/events', undefined, user.headers);
  expect(tooMany.status).toBe(429);
  following[0]?.leave();
  const again = async () => {
    const answer = await fetch(`${console.address}/console/v1/calls/events`, { headers: user.headers });
    await answer.body?.cancel();
    return answer.status;
  };
  await expect.poll(again).toBe(200);
});

test('who may not see machines cannot follow them', async () => {
  const refused = await console.call('GET', 'calls/events?machine=http%3A%2F%2Fgpu', undefined, user.headers);
  expect(refused.status).toBe(403);
  expect((await console.call('GET', 'calls/events', undefined, {})).status).toBe(401);
});
