import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between the polite and the final signal. */
const killGrace = 5_000;
/** How long outputs may stay open after the process ended: a child of it may hold them for ever. */
const outputGrace = 3_000;

export type Source = 'stdout' | 'stderr';

export interface CommandOptions {
  cwd: string;
  env: Record<string, string>;
  /** Called with each piece of output; the process is held back until the answer resolves. */
  onOutput: (source: Source, chunk: Buffer) => void | Promise<void>;
  /** Ends the process group. */
  signal: AbortSignal;
  /** Milliseconds until the process group is ended. */
  timeout?: number;
}

export interface Exit {
  /** Exit code, or null when a signal or the time limit ended it or it did not start. */
  code: number | null;
  endedBy?: NodeJS.Signals;
  timedOut: boolean;
  /** Set when the program could not be started, for example ENOENT. */
  startError?: NodeJS.ErrnoException;
}

const liveGroups = new Set<number>();

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** For the very end of the agent: nothing that it started may outlive it. */
export function killAllGroups(): void {
  for (const pid of liveGroups) signalGroup(pid, 'SIGKILL');
}

async function consume(
  stream: Readable | null,
  take: (chunk: Buffer) => void | Promise<void>,
): Promise<void> {
  try {
    for await (const chunk of stream ?? []) await take(chunk as Buffer);
  } catch {
    // The stream was destroyed because the process had ended.
  }
}

/** Resolves when the process itself has ended, whatever still holds its outputs. */
function ended(child: ChildProcess): Promise<Omit<Exit, 'timedOut'>> {
  return new Promise((done) => {
    child.once('error', (startError) => done({ code: null, startError }));
    child.once('exit', (code, signal) => done({ code, ...(signal && { endedBy: signal }) }));
  });
}

/**
 * Runs a program in a process group of its own without a shell, and waits for its end and its output. The group gets SIGTERM
 * when the signal or the time limit says so, SIGKILL after a grace, and whatever the program left running is killed too.
 * Never rejects for what the program does.
 */
export async function runCommand(program: string, args: string[], options: CommandOptions): Promise<Exit> {
  const { cwd, env, onOutput, signal, timeout } = options;
  if (signal.aborted) return { code: null, endedBy: 'SIGTERM', timedOut: false };
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  if (pid !== undefined) liveGroups.add(pid);

  let killTimer: NodeJS.Timeout | undefined;
  const terminate = () => {
    if (pid === undefined || killTimer) return;
    signalGroup(pid, 'SIGTERM');
    killTimer = setTimeout(() => signalGroup(pid, 'SIGKILL'), killGrace);
  };
  let timedOut = false;
  const limitTimer = setTimeout(
    () => {
      timedOut = true;
      terminate();
    },
    timeout ?? 2 ** 31 - 1,
  );
  signal.addEventListener('abort', terminate, { once: true });

  const outputs = Promise.all([
    consume(child.stdout, (chunk) => onOutput('stdout', chunk)),
    consume(child.stderr, (chunk) => onOutput('stderr', chunk)),
  ]);
  const exit = await ended(child);
  await Promise.race([outputs, sleep(outputGrace, undefined, { ref: false })]);
  if (pid !== undefined) {
    signalGroup(pid, 'SIGKILL');
    liveGroups.delete(pid);
  }
  child.stdout?.destroy();
  child.stderr?.destroy();
  await outputs;
  clearTimeout(limitTimer);
  clearTimeout(killTimer);
  signal.removeEventListener('abort', terminate);
  return { ...exit, timedOut };
}

/** Runs a short helper command and gives its output (both streams, at most 64 KiB) with its exit. */
export async function readCommand(
  program: string,
  args: string[],
  options: Omit<CommandOptions, 'onOutput' | 'timeout'> & { timeout: number },
): Promise<Exit & { output: string }> {
  const chunks: Buffer[] = [];
  let size = 0;
  const onOutput = (_source: Source, chunk: Buffer) => {
    if (size < 65_536) chunks.push(chunk);
    size += chunk.length;
  };
  const exit = await runCommand(program, args, { ...options, onOutput });
  return { ...exit, output: Buffer.concat(chunks).toString('utf8') };
}
