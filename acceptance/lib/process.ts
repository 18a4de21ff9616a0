import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './environment.ts';
import { until } from './wait.ts';

export interface Program {
  pid: number;
  /** What it wrote until now, standard output and error together. */
  output(): string;
  /** Resolves when it ended: its exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>;
  signal(name: NodeJS.Signals): void;
}

/** Starts a program. Its output is also kept in `.cache/acceptance/<label>.log`, for reading after a test failed. */
export function startProgram(
  label: string,
  command: string,
  args: string[],
  options: { cwd?: string; env: NodeJS.ProcessEnv },
): Program {
  const folder = join(root, '.cache', 'acceptance');
  mkdirSync(folder, { recursive: true });
  const log = createWriteStream(join(folder, `${label}.log`));
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      log.write(text);
    });
  const ended = whenEnded(child).finally(() => log.end());
  if (child.pid === undefined) throw new Error(`cannot start ${command}`);
  return { pid: child.pid, output: () => output, ended, signal: (name) => void child.kill(name) };
}

function whenEnded(child: ChildProcess): Promise<number | NodeJS.Signals> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'));
  });
}

/** Runs a program to its end; killed when it takes longer than `limit` milliseconds, which only a hang does. */
export async function runProgram(
  label: string,
  command: string,
  args: string[],
  options: { cwd?: string; env: NodeJS.ProcessEnv; limit?: number },
): Promise<{ code: number | NodeJS.Signals; output: string }> {
  const { limit = 240_000, ...rest } = options;
  const program = startProgram(label, command, args, rest);
  const timer = setTimeout(() => program.signal('SIGKILL'), limit);
  const code = await program.ended;
  clearTimeout(timer);
  return { code, output: program.output() };
}

/** Process ids whose environment holds `mark`, for example the data directory of one Arno: also grandchildren and orphans. */
async function processesWith(mark: string): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => {
      const texts = await Promise.all(
        ['environ', 'cmdline'].map((file) => readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '')),
      );
      return texts.some((text) => text.includes(mark)) ? [Number(id)] : [];
    }),
  );
  return found.flat().filter((id) => id !== process.pid);
}

/** Kills all processes whose environment or command line holds `mark`. */
export async function killAll(mark: string): Promise<void> {
  for (const id of await processesWith(mark)) {
    try {
      process.kill(id, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}

/** Waits until no process has `mark` in its environment or command line; the error names those that stay. */
export async function untilGone(mark: string): Promise<void> {
  let left: number[] = [];
  const gone = async () => {
    left = await processesWith(mark);
    return left.length === 0;
  };
  await until(`no process left of ${mark}`, gone).catch(async (error: Error) => {
    const commands = await Promise.all(
      left.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => 'ended')),
    );
    throw new Error(`${error.message}; left:\n${commands.join('\n').replaceAll('\0', ' ')}`);
  });
}

/** Whether a process runs; one that ended and that its parent has not asked about yet does not. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return /\) [^ZX] /.test(stat);
}

/** What it has in memory, without its children. */
export async function residentMiB({ pid }: Pick<Program, 'pid'>): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}
