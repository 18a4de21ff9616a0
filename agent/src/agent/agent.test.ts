import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTestFolder } from '../../test/folder.ts';
import { TestServer } from '../../test/server.ts';
import { type AgentSettings, SettingsError } from '../config.ts';
import type { TaskDescription } from '../execute/executor.ts';
import { runAgent } from './agent.ts';

let server: TestServer;
let stop: AbortController;
let running: Promise<void>;
const log = pino({ level: 'silent' });
const until = (condition: () => unknown) =>
  vi.waitFor(
    () => {
      if (!condition()) throw new Error('not yet');
    },
    { timeout: 25_000, interval: 20 },
  );

function shell(diff: string, more: TaskDescription = {}): TaskDescription {
  return { script: { binary: 'sh', entry_point: 'run.sh', diff }, ...more };
}

async function settingsFor(changed: Partial<AgentSettings> = {}): Promise<AgentSettings> {
  const address = await server.start();
  return {
    server: { api: address, web: address, files: address, accessKey: 'AK', secretKey: 'the-secret-key' },
    queues: ['default'],
    createQueues: false,
    name: 'box:1',
    stableName: false,
    dir: createTestFolder(),
    slots: 1,
    useOwnerToken: false,
    exitWithParent: false,
    inherited: process.env as Record<string, string>,
    ...changed,
  };
}

async function startAgent(changed: Partial<AgentSettings> = {}): Promise<AgentSettings> {
  const settings = await settingsFor(changed);
  running = runAgent(settings, log, stop.signal).catch((error) => {
    if (!stop.signal.aborted) throw error;
  });
  return settings;
}

const status = (id: string) => server.tasks.get(id)?.status;

beforeEach(() => {
  server = new TestServer();
  stop = new AbortController();
  running = Promise.resolve();
});

afterEach(async () => {
  stop.abort();
  await running;
  await server.stop();
});

test('runs a task, stores its console and its result, and leaves nothing behind', async () => {
  const general = { General: { 'image/size': { name: 'image/size', value: '8' } } };
  const run =
    'echo "key $CLEARML_API_SECRET_KEY task $ARNO_TASK_ID"; cp "$ARNO_PARAMS_FILE" "$ARNO_RESULT_FILE"';
  server.add('a1', shell(run, { name: 'My täsk/1', project: 'p1', hyperparams: general }));
  const { dir } = await startAgent();
  await until(() => status('a1') === 'completed');
  expect(server.lines('a1')).toEqual([
    'Starting sh run.sh',
    'key *** task a1',
    'Stored the result (22 bytes)',
  ]);
  const path = 'Team/Gr_e_1/My_t_sk_1.a1/artifacts/result/result.json';
  expect(server.uploads).toEqual([
    { path, text: '{"image":{"size":"8"}}'.trim(), authorization: 'Bearer token' },
  ]);
  const [artifact] = server.tasks.get('a1')?.execution?.artifacts ?? [];
  expect(artifact).toMatchObject({ key: 'result', type: 'JSON', content_size: 22, mode: 'output' });
  expect(artifact?.uri).toMatch(/^http:.*\/Team\/Gr_e_1\/My_t_sk_1\.a1\/artifacts\/result\/result\.json$/);
  expect(readdirSync(join(dir, 'tasks'))).toEqual([]);
});

test('fails a task with its exit code and its last lines', async () => {
  server.add('a1', shell('echo before; echo "what is wrong" >&2; exit 7'));
  await startAgent();
  await until(() => status('a1') === 'failed');
  const task = server.tasks.get('a1');
  expect(task?.status_reason).toBe('The program ended with exit code 7');
  expect(task?.status_message).toContain('what is wrong');
  expect(server.lines('a1').at(-1)).toBe('The program ended with exit code 7');
});

test('says in the first line of the console why a task cannot run', async () => {
  server.add('a1', { script: { repository: 'file:///no/such/repository', entry_point: 'a.py' } });
  await startAgent();
  await until(() => status('a1') === 'failed');
  expect(server.lines('a1')[0]).toMatch(
    /^The repository file:\/\/\/no\/such\/repository could not be cloned: check/,
  );
  expect(server.tasks.get('a1')?.status_reason).toBe(server.lines('a1')[0]);
});

test('fails a task for which the agent has no room', async () => {
  server.add('a1', shell('true'));
  const dir = createTestFolder();
  writeFileSync(join(dir, 'tasks'), 'a file where a folder should be');
  await startAgent({ dir });
  await until(() => status('a1') === 'failed');
  expect(server.lines('a1')[0]).toMatch(/^The agent could not run the task: EEXIST/);
});

test('a result that is not JSON is a failure', async () => {
  server.add('a1', shell('echo no json > "$ARNO_RESULT_FILE"'));
  await startAgent();
  await until(() => status('a1') === 'failed');
  expect(server.lines('a1')[0]).toMatch(/^The result in ARNO_RESULT_FILE is not JSON/);
});

test('notices that a person stops the task, and says when it has ended', async () => {
  server.add('a1', shell('echo started; sleep 600'));
  await startAgent();
  await until(() => server.lines('a1').includes('started'));
  Object.assign(server.tasks.get('a1') ?? {}, { status_message: 'stopping' });
  await until(() => status('a1') === 'stopped');
  expect(server.tasks.get('a1')?.status_reason).toBe('aborted');
  expect(server.lines('a1').at(-1)).toBe('Aborted');
});

test('ends a task that was reset, without a word about it', async () => {
  server.add('a1', shell('echo started; sleep 600; echo late'));
  server.add('a2', shell('echo next'));
  await startAgent();
  await until(() => server.lines('a1').includes('started'));
  Object.assign(server.tasks.get('a1') ?? {}, { status: 'created' });
  await until(() => status('a2') === 'completed');
  expect(status('a1')).toBe('created');
  expect(server.lines('a1').at(-1)).toBe('started');
});

test('leaves the final state to the program when it sets one itself', async () => {
  server.add('a1', shell('sleep 0.2; exit 1'));
  await startAgent();
  await until(() => status('a1') === 'in_progress');
  Object.assign(server.tasks.get('a1') ?? {}, { status: 'completed' });
  server.add('a2', shell('true'));
  await until(() => status('a2') === 'completed');
  expect(status('a1')).toBe('completed');
});

test('outlives an outage of the server without losing lines or the end of the task', async () => {
  server.add('a1', shell('echo one; sleep 1; echo two'));
  await startAgent();
  await until(() => server.lines('a1').includes('Starting sh run.sh') || status('a1') === 'in_progress');
  server.away = true;
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  server.away = false;
  await until(() => status('a1') === 'completed');
  expect(server.lines('a1')).toEqual(['Starting sh run.sh', 'one', 'two']);
});

test('ends its task when it is stopped, and takes itself off the list', async () => {
  server.add('a1', shell('echo started; sleep 600'));
  await startAgent();
  await until(() => server.lines('a1').includes('started'));
  expect([...server.workers]).toEqual(['box:1']);
  stop.abort();
  await running;
  expect(server.tasks.get('a1')).toMatchObject({ status: 'stopped', status_reason: 'agent stopped' });
  expect(server.workers.size).toBe(0);
});

test('with a name of its own, fails what an earlier run left behind', async () => {
  server.tasks.set('old', { id: 'old', status: 'in_progress', last_worker: 'box:1' });
  server.tasks.set('other', { id: 'other', status: 'in_progress', last_worker: 'box:2' });
  await startAgent({ stableName: true });
  await until(() => status('old') === 'failed');
  expect(server.tasks.get('old')?.status_reason).toBe('agent restarted');
  expect(status('other')).toBe('in_progress');
});

test('works with a server that has no long poll, several tasks at a time', async () => {
  server.longPoll = false;
  server.add('a1', shell('while [ ! -e "$TMPDIR/both" ]; do sleep 0.05; done'));
  server.add('a2', shell('touch "$TMPDIR/both"'));
  const shared = createTestFolder();
  await startAgent({ slots: 2, inherited: { PATH: process.env.PATH ?? '', TMPDIR: shared } });
  await until(() => status('a1') === 'completed' && status('a2') === 'completed');
  expect([...server.workers].sort()).toEqual(['box:1:0', 'box:1:1']);
  server.add('a3', shell('true'));
  await until(() => status('a3') === 'completed');
});

test('refuses a queue that does not exist', async () => {
  const settings = await settingsFor({ queues: ['default', 'no.such'] });
  const error = await runAgent(settings, log, stop.signal).catch((caught) => caught);
  expect(error).toBeInstanceOf(SettingsError);
  expect((error as Error).message).toMatch(/there is no queue "no\.such"/);
});
