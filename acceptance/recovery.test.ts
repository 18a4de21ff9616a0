import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Arno, createHome, type Home, removeHome, startArno } from './lib/arno.ts';
import { clearml, consoleLog } from './lib/clearml.ts';
import { bearer, callDocument, five, post } from './lib/gateway.ts';
import { embeddedPostgres } from './lib/postgres.ts';
import { untilGone } from './lib/process.ts';
import { bash, finishedTask, queueTask } from './lib/tasks.ts';
import { until } from './lib/wait.ts';

/** A home that is emptied and removed after the test, whatever happened in it. */
async function testHome(): Promise<Home> {
  const home = await createHome();
  onTestFinished(async () => {
    await removeHome(home);
  });
  return home;
}

async function start(home: Home, label: string): Promise<Arno> {
  const arno = await startArno({ label: `recovery-${label}`, home });
  onTestFinished(async () => {
    await arno.stop();
  });
  return arno;
}

/** Runs a small task and answers its id. */
async function remember(arno: Arno, word: string): Promise<string> {
  const id = await queueTask(arno, { name: `remember ${word}`, script: bash(`echo the word is ${word}`) });
  await finishedTask(arno, id);
  return id;
}

async function expectRemembered(arno: Arno, id: string, word: string): Promise<void> {
  expect((await clearml(arno, 'tasks.get_by_id', { task: id })).task.status).toBe('completed');
  expect(await consoleLog(arno, id)).toContain(`the word is ${word}`);
}

test('Ctrl-C stops everything that was started, and a second start finds all data', async () => {
  const home = await testHome();
  const first = await start(home, 'first');
  const id = await remember(first, 'alpha');
  expect(await first.stop()).toBe(0);
  await untilGone(home.folder);

  const second = await start(home, 'second');
  expect([second.token, second.accessKey]).toEqual([first.token, first.accessKey]);
  await expectRemembered(second, id, 'alpha');
  const projects = await clearml(second, 'projects.get_all', { name: '^Getting started$' });
  expect(projects.projects).toHaveLength(1);
});

test('calls of the own models that are under way when the server stops are answered', async () => {
  const arno = await start(await testHome(), 'stops-busy');
  const url = `${arno.web}/gateway/v1/models/digits/calls`;
  const body = await five();
  await until('the model is loaded', async () => (await post(url, body, bearer(arno))).status === 200);
  const answers: unknown[] = [];
  const callers = Array.from({ length: 20 }, async () => {
    // Until there is nobody to answer, or who is there says that it is leaving.
    for (let status = 200; status === 200; ) {
      const answer = await post(url, body, bearer(arno)).catch(() => undefined);
      if (!answer) return;
      status = answer.status;
      answers.push(status === 200 ? status : answer.body);
    }
  });
  await until('there are calls', () => answers.length > 100);
  expect(await arno.stop()).toBe(0);
  await Promise.all(callers);
  const refusals = answers.filter((answer) => answer !== 200);
  expect(refusals).toEqual(
    refusals.map(() => ({ error: 'Service Unavailable', message: 'Service Unavailable', statusCode: 503 })),
  );
});

test('after kill -9 of the server the next start recovers, also with the calls it had answered', async () => {
  const home = await testHome();
  const first = await start(home, 'killed');
  const id = await remember(first, 'beta');
  const answer = await post(`${first.web}/gateway/v1/models/digits/calls`, await five(), bearer(first));
  first.program.signal('SIGKILL');
  await first.program.ended;

  const second = await start(home, 'after-kill');
  await expectRemembered(second, id, 'beta');
  const call = await fetch(`${second.web}/gateway/v1/calls/${answer.headers.get('arno-call-id')}`, {
    headers: bearer(second),
  });
  expect(await call.json()).toMatchObject({ kind: 'ondemand', status: 'completed' });
  await second.stop();
  await untilGone(home.folder);
});

test('a task that was handed out when everything was killed is not lost', async () => {
  const home = await testHome();
  // How long a task stays reserved for an agent that took it and said nothing since.
  const env = { ARNO_WORKER_TIMEOUT: '10' };
  const first = await startArno({ label: 'recovery-handed-out', home, env });
  const calls = `${first.web}/gateway/v1/tasks/parking-forecast/calls`;
  const { body } = await post(calls, {}, bearer(first));
  await until('an agent has taken it', async () => {
    const { status, queue_position } = await callDocument(first, body.call_id);
    return status !== 'queued' || queue_position === undefined;
  });
  first.program.signal('SIGKILL');
  await first.program.ended;

  const second = await startArno({ label: 'recovery-handed-out-again', home, env });
  onTestFinished(async () => {
    await second.stop();
  });
  // Depending on how far it had come, it runs again, or its end is known; it never waits for ever.
  await until('the call has ended', async () => {
    const { status } = await callDocument(second, body.call_id);
    return ['completed', 'failed', 'aborted'].includes(status);
  });
});

test('PostgreSQL comes back by itself after kill -9', async () => {
  const home = await testHome();
  const arno = await start(home, 'database-killed');
  const id = await remember(arno, 'gamma');
  const { pid: killed } = await embeddedPostgres(home);
  process.kill(killed, 'SIGKILL');
  await until('a new PostgreSQL runs', async () => {
    const running = await embeddedPostgres(home).catch(() => undefined);
    return running !== undefined && running.pid !== killed;
  });
  await until('Arno is healthy again', async () => (await fetch(`${home.web}/health`)).status === 200);
  await expectRemembered(arno, id, 'gamma');
});

test('after kill -9 of server and PostgreSQL together the next start recovers', async () => {
  const home = await testHome();
  const first = await start(home, 'both-killed');
  const id = await remember(first, 'delta');
  const { pid: database } = await embeddedPostgres(home);
  first.program.signal('SIGKILL');
  process.kill(database, 'SIGKILL');
  await first.program.ended;

  const second = await start(home, 'after-both-killed');
  await expectRemembered(second, id, 'delta');
  await second.stop();
  await untilGone(home.folder);
});

test('the files with secrets are for their owner only', async () => {
  const home = await testHome();
  await start(home, 'modes');
  for (const name of ['clearml.conf', 'token', 'admin-password'])
    expect((await stat(join(home.data, name))).mode & 0o777).toBe(0o600);
});
