import pg from 'pg';
import { test as base, describe, expect } from 'vitest';
import { type Arno, createHome, removeHome, startArno } from '../lib/arno.ts';
import { clearml, type Data } from '../lib/clearml.ts';
import { logIn, type Session } from '../lib/console.ts';
import { bearer, post } from '../lib/gateway.ts';
import { embeddedPostgres } from '../lib/postgres.ts';
import { answering, publishModel, publishTask, startMachine } from '../lib/publish.ts';
import { until } from '../lib/wait.ts';

// Two servers on one external PostgreSQL: what one of them is told holds at both.

interface Lab {
  one: Arno;
  other: Arno;
  /** At the first of them. */
  session: Session;
  /** Base URL of a machine that answers at once, or below `/endless` never ends. */
  machine: string;
}

const test = base.extend<{ lab: Lab }>({
  lab: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures a fixture needs from this pattern
    async ({}, use) => {
      const args = ['--no-agent', '--no-demo'];
      // The PostgreSQL of another Arno stands for the external one.
      const host = await startArno({ label: 'replicas-host', args });
      const DATABASE_URL = await createDatabase(host);
      const homes = [await createHome(), await createHome()] as const;
      const start = (home: (typeof homes)[number], label: string) =>
        startArno({ label: `replicas-${label}`, home, args, env: { DATABASE_URL } });
      const one = await start(homes[0], 'one');
      const other = await start(homes[1], 'other');
      const machine = await startMachine((request, response) => {
        if (request.url?.startsWith('/endless')) response.write('once upon a time');
        else answering({ digit: 5 })(request, response);
      });
      await use({ one, other, session: await logIn(one), machine: machine.url });
      await Promise.all([one.stop(), other.stop(), machine.close()]);
      await host.stop();
      await Promise.all([...homes, host].map(removeHome));
    },
    { scope: 'file' },
  ],
});

async function createDatabase(host: Arno): Promise<string> {
  const { host: folder, port, user, database } = await embeddedPostgres(host);
  const client = new pg.Client({ host: folder, port, user, database });
  await client.connect();
  await client.query('CREATE DATABASE replicas');
  await client.end();
  return `postgresql:///replicas?${new URLSearchParams({ host: folder, port: `${port}`, user })}`;
}

type Headers = Record<string, string>;
const callModel = (arno: Arno, alias: string, headers: Headers) =>
  post(`${arno.web}/gateway/v1/models/${alias}/calls`, {}, headers);
const callTask = (arno: Arno, alias: string, headers: Headers) =>
  post(`${arno.web}/gateway/v1/tasks/${alias}/calls`, {}, headers);

describe('limits', () => {
  test.for([
    ['calls_per_minute', 'rate_limited'],
    ['calls_per_day', 'quota_exceeded'],
  ] as const)('%s is counted over both', async ([limit, code], { lab }) => {
    const { one, other, session, machine } = lab;
    const alias = code.replace('_', '-');
    await publishModel(one, session, { alias, url: machine, [limit]: 10 });
    // What one of them registers the other knows.
    await until('both know the model', async () => {
      const models = await fetch(`${other.web}/gateway/v1/models`, { headers: bearer(other) });
      return ((await models.json()) as Data).models.some((model: Data) => model.alias === alias);
    });
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => callModel(n % 2 ? one : other, alias, bearer(one))),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    const refusals = answers.filter(({ status }) => status !== 200);
    expect(new Set(refusals.map(({ body }) => body.error.code))).toEqual(new Set([code]));
  });
});

describe('what is taken back at one is soon refused by the other', () => {
  const refusedAt = (arno: Arno, alias: string, headers: Headers, status: number) =>
    until(
      `the other answers ${status}`,
      async () => (await callModel(arno, alias, headers)).status === status,
    );

  test('personal tokens, consumer keys, rights and models', async ({ lab }) => {
    const { one, other, session, machine } = lab;
    const { id } = await publishModel(one, session, { alias: 'digits', url: machine });
    const personal = await session.send('POST', 'tokens', { name: 'to be revoked' });
    const consumer = await session.send('POST', `endpoint-mappings/${id}/keys`, { name: 'to be revoked' });
    const withToken = { authorization: `Bearer ${personal.token}` };
    const withKey = { authorization: `Bearer ${consumer.key}` };
    for (const headers of [withToken, withKey]) await refusedAt(other, 'digits', headers, 200);

    await session.send('DELETE', `tokens/${personal.id}`);
    await refusedAt(other, 'digits', withToken, 401);
    await session.send('DELETE', `endpoint-mappings/${id}/keys/${consumer.id}`);
    await refusedAt(other, 'digits', withKey, 401);
    await session.send('PATCH', `endpoint-mappings/${id}`, { access: 'keys' });
    await refusedAt(other, 'digits', bearer(other), 403);
    await session.send('DELETE', `endpoint-mappings/${id}`);
    await refusedAt(other, 'digits', bearer(other), 404);
  });
});

describe('calls', () => {
  test('one idempotency key is one call, wherever it arrives', async ({ lab }) => {
    const { one, other, session } = lab;
    await publishTask(one, session, { alias: 'once' });
    const headers = { ...bearer(one), 'idempotency-key': 'only-once' };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => callTask(n % 2 ? one : other, 'once', headers)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => body.call_id)).size).toBe(1);
    const { items } = await session.get('calls?kind=enqueue&limit=50');
    expect(items.filter(({ alias }: Data) => alias === 'once')).toHaveLength(1);
  });

  test('events at one tell what became of the task through the other', async ({ lab }) => {
    const { one, other, session } = lab;
    await publishTask(one, session, { alias: 'followed' });
    const { body } = await callTask(one, 'followed', bearer(one));
    const events = followEvents(one.web + body.links.events, bearer(one));
    const { clone_id: task } = await session.get(`calls/${body.call_id}`);
    await until('the first event', () => events.documents.length > 0);
    const steps: [endpoint: string, body: object, status: string][] = [
      ['tasks.started', {}, 'running'],
      ['tasks.completed', {}, 'completed'],
    ];
    for (const [endpoint, rest, status] of steps) {
      await clearml(other, endpoint, { task, force: true, ...rest });
      await until(`an event says ${status}`, () => events.documents.at(-1)?.status === status);
    }
    await events.ended;
    expect(events.documents[0]).toMatchObject({ call_id: body.call_id, status: 'queued' });
  });

  test('a queued call is cancelled at the other, and so is an answer that one of them is sending', async ({
    lab,
  }) => {
    const { one, other, session, machine } = lab;
    await publishTask(one, session, { alias: 'cancelled' });
    await publishModel(one, session, { alias: 'endless', url: `${machine}/endless`, deadline_ms: 600_000 });
    const cancel = (id: unknown) =>
      fetch(`${other.web}/gateway/v1/calls/${id}`, { method: 'DELETE', headers: bearer(one) });

    const { body } = await callTask(one, 'cancelled', bearer(one));
    expect((await cancel(body.call_id)).status).toBe(200);
    expect((await session.get(`calls/${body.call_id}`)).status).toBe('aborted');

    const url = `${one.web}/gateway/v1/models/endless/calls`;
    const answer = await fetch(url, { method: 'POST', headers: bearer(one) });
    const id = answer.headers.get('arno-call-id');
    await cancel(id);
    await expect(answer.text()).rejects.toThrow();
    await until('the call is aborted', async () => (await session.get(`calls/${id}`)).status === 'aborted');
  });

  test('after kill -9 of one, the other goes on and ends what that one was sending', async ({ lab }) => {
    const { one, other, session, machine } = lab;
    await publishModel(one, session, { alias: 'left', url: `${machine}/endless`, deadline_ms: 600_000 });
    const knows = async () => {
      const answer = await fetch(`${other.web}/gateway/v1/models/left/calls`, {
        ...{ method: 'POST', headers: bearer(one) },
      });
      return answer.ok && answer;
    };
    const answer = await until('the other knows the model', knows);
    const id = answer.headers.get('arno-call-id');
    other.program.signal('SIGKILL');
    await other.program.ended;
    await expect(answer.text()).rejects.toThrow();
    const row = await until('its call has ended', async () => {
      const found = await session.get(`calls/${id}`);
      return found.status !== 'running' && found;
    });
    expect(row).toMatchObject({ status: 'failed', error: expect.stringContaining('server ended') });
    expect((await callTask(one, 'once', bearer(one))).status).toBe(202);
  });
});

/** Reads server-sent events whose data is JSON, until the stream ends. */
function followEvents(url: string, headers: Headers) {
  const documents: Data[] = [];
  const read = async () => {
    const { body } = await fetch(url, { headers });
    let text = '';
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const events = `${text}${chunk}`.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data) documents.push(JSON.parse(data));
      }
    }
  };
  return { documents, ended: read() };
}
