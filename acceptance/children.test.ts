import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { root } from './lib/environment.ts';
import { five, post } from './lib/gateway.ts';
import { expect, test } from './lib/test.ts';

/** A folder that is removed after the test, with an empty home in it. */
async function testFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'arno-child-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const home = join(folder, 'home');
  await mkdir(home);
  return { folder, home };
}

/** Starts a program as the server does, and waits for what it says when it is ready. */
async function startChild(script: string, args: string[], env: NodeJS.ProcessEnv, ready: string) {
  // No more than it needs: some libraries behave in another way where they see that they are being tested.
  const child = spawn(process.execPath, [join(root, script), ...args, '--exit-with-parent'], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, ended, said: await untilSaid(child.stdout, ready) };
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

async function untilSaid(log: Readable, message: string): Promise<Record<string, unknown>> {
  for await (const line of createInterface({ input: log })) {
    const said = JSON.parse(line);
    if (said.msg === message) return said;
  }
  throw new Error(`it ended and never said "${message}"`);
}

/** As when the server is killed: nobody reads any more, and standard input ends. */
function leaveAlone(child: Child): void {
  child.stdout.destroy();
  child.stdin.end();
}

async function startServing() {
  const { folder, home } = await testFolder();
  await symlink(join(root, 'serving', 'models'), join(folder, 'models'));
  const config = join(folder, 'endpoints.json');
  await writeFile(config, '{"endpoints": [{"name": "digits", "model": "models/digits"}]}');
  const args = ['--config', config, '--port', '0'];
  const env = { HOME: home, TMPDIR: home };
  const { child, ended, said } = await startChild('serving/dist/main.js', args, env, 'listening');
  return { child, ended, home, url: `${said.url}` };
}

test('the serving runtime ends with the server, though nobody reads its last words', async () => {
  const { child, ended } = await startServing();
  leaveAlone(child);
  expect(await ended).toEqual([0, null]);
});

test('the agent ends with the server, though nobody reads its last words', async ({ arno }) => {
  const { home } = await testFolder();
  const env = {
    HOME: home,
    CLEARML_API_HOST: arno.api,
    CLEARML_WEB_HOST: arno.web,
    CLEARML_FILES_HOST: arno.files,
    CLEARML_API_ACCESS_KEY: arno.accessKey,
    CLEARML_API_SECRET_KEY: arno.secretKey,
  };
  const args = ['agent', '--queue', 'nobody writes here', '--create-queues'];
  const { child, ended } = await startChild('agent/bin/arno.mjs', args, env, 'ready for tasks');
  leaveAlone(child);
  expect(await ended).toEqual([0, null]);
});

test('nobody else hears of models and predictions, and nothing of them is kept', async () => {
  const { child, ended, home, url } = await startServing();
  expect(await post(`${url}/serve/digits`, await five())).toMatchObject({ status: 200, body: { digit: 5 } });
  child.stdin.end();
  expect(await ended).toEqual([0, null]);
  expect(await readdir(home, { recursive: true })).toEqual([]);
});
