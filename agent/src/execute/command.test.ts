import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runCommand } from './command.ts';

const env = process.env as Record<string, string>;

function collector() {
  const texts: string[] = [];
  return { texts, onOutput: (_source: string, chunk: Buffer) => void texts.push(chunk.toString()) };
}

/** A killed child that nobody has waited for yet still has its number. */
const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).path !== undefined && process.platform !== 'linux';
  }
};

test('gives exit code and output', async () => {
  const { texts, onOutput } = collector();
  const signal = new AbortController().signal;
  const exit = await runCommand('sh', ['-c', 'echo hello; exit 3'], { cwd: '/', env, signal, onOutput });
  expect(exit).toMatchObject({ code: 3, timedOut: false });
  expect(texts.join('')).toBe('hello\n');
});

test('says when a program does not exist', async () => {
  const signal = new AbortController().signal;
  const exit = await runCommand('no-such-program', [], { cwd: '/', env, signal, onOutput: () => {} });
  expect(exit.startError?.code).toBe('ENOENT');
});

test('ends the whole group, also children that ignore the polite signal', async () => {
  const { texts, onOutput } = collector();
  const end = new AbortController();
  const script = 'trap "" TERM; sh -c \'trap "" TERM; while :; do sleep 0.2; done\' & echo $!; wait; wait';
  const running = runCommand('sh', ['-c', script], { cwd: '/', env, signal: end.signal, onOutput });
  while (texts.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  const child = Number(texts.join(''));
  expect(alive(child)).toBe(true);
  end.abort();
  const exit = await running;
  expect(exit.endedBy).toBe('SIGKILL');
  while (alive(child)) await new Promise((resolve) => setTimeout(resolve, 20));
});

test('does not wait for what the program left behind, and removes it', async () => {
  const { texts, onOutput } = collector();
  const signal = new AbortController().signal;
  const exit = await runCommand('sh', ['-c', 'sleep 600 & echo $!'], { cwd: '/', env, signal, onOutput });
  expect(exit.code).toBe(0);
  const child = Number(texts.join(''));
  while (alive(child)) await new Promise((resolve) => setTimeout(resolve, 20));
});

test('ends at the time limit', async () => {
  const signal = new AbortController().signal;
  const options = { cwd: '/', env, signal, onOutput: () => {}, timeout: 50 };
  const exit = await runCommand('sleep', ['600'], options);
  expect(exit).toMatchObject({ code: null, endedBy: 'SIGTERM', timedOut: true });
});
