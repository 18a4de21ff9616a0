import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTestFolder } from '../../test/folder.ts';
import { TestServer } from '../../test/server.ts';
import { runAgent } from './agent.ts';

let server: TestServer;
let stop: AbortController;
let running: Promise<void>;

/** An agent whose tasks act for their owners; answers when the task has its final state. */
async function run(diff: string): Promise<void> {
  const address = await server.start();
  const settings = {
    server: { api: address, web: address, files: address, accessKey: 'AK', secretKey: 'the-secret-key' },
    queues: ['default'],
    createQueues: false,
    name: 'box:1',
    stableName: false,
    dir: createTestFolder(),
    slots: 1,
    useOwnerToken: true,
    exitWithParent: false,
    inherited: process.env as Record<string, string>,
  };
  server.add('t1', { script: { binary: 'sh', entry_point: 'run.sh', diff } });
  running = runAgent(settings, pino({ level: 'silent' }), stop.signal).catch((error) => {
    if (!stop.signal.aborted) throw error;
  });
  await vi.waitFor(() => expect(server.tasks.get('t1')?.status).toMatch(/completed|failed/), {
    timeout: 25_000,
    interval: 20,
  });
}

beforeEach(() => {
  server = new TestServer();
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  await running;
  await server.stop();
});

test('a task gets a session of its owner and not the keys of the agent; the session ends with the task', async () => {
  server.ownerSessions = true;
  await run(
    'env | grep -E "^CLEARML_(API_|AUTH)" | sed "s/=/ is /; s/-of/ of/"; echo "[1]" > "$ARNO_RESULT_FILE"',
  );
  const shown = server.lines('t1').join('\n');
  expect(shown).toContain('CLEARML_AUTH_TOKEN is session of-t1');
  expect(shown).not.toMatch(/ACCESS_KEY|SECRET_KEY|the-secret-key/);
  expect(server.uploads).toMatchObject([{ authorization: 'Bearer session-of-t1' }]);
  expect(server.ended).toEqual(['Bearer session-of-t1']);
});

test('the session is not shown on the console', async () => {
  server.ownerSessions = true;
  await run('echo "token: $CLEARML_AUTH_TOKEN"');
  expect(server.lines('t1')).toContain('token: ***');
});

test('a server without such sessions fails the task and says what to do; the agent’s keys are not given instead', async () => {
  await run('env');
  expect(server.tasks.get('t1')).toMatchObject({ status: 'failed' });
  expect(server.lines('t1')[0]).toContain('start the agent without --use-owner-token');
});
