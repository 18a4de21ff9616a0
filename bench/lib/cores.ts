import { readdir, readFile } from 'node:fs/promises';
import type { Arno } from '../../acceptance/lib/arno.ts';
import { embeddedPostgres } from '../../acceptance/lib/postgres.ts';
import { runProgram } from '../../acceptance/lib/process.ts';

/** Commands that run a program on cores of its own; empty where there is one core for all. */
export interface Cores {
  /** What calls. */
  client: string[];
  /** The gateway that works: each is one process, and they take turns. */
  gateway: string[];
  /** What is called at the end of the way. */
  upstream: string[];
  /** What a gateway keeps its log with: PostgreSQL, or the log service of the old design. */
  store: string[];
}

/** Parts the cores that this process may use: the gateway has one to itself, the others share the rest as far as they must. */
export async function shareCores(): Promise<Cores> {
  const cores = await allowedCores();
  if (cores.length < 2) return { client: [], gateway: [], upstream: [], store: [] };
  const on = (place: number) => {
    const others = cores.slice(1);
    const core = place === 0 ? cores[0] : others[Math.min(place, others.length) - 1];
    return ['taskset', '--cpu-list', `${core}`];
  };
  return { gateway: on(0), client: on(1), upstream: on(2), store: on(3) };
}

/** Moves this process to the cores of a runner: it is the client of the database. */
export function moveTo(runner: string[]): Promise<void> {
  return move(runner, [process.pid]);
}

/** Moves Arno's own PostgreSQL, which was started where Arno runs. Connections that it opens later come along. */
export async function moveStore(arno: Arno, runner: string[]): Promise<void> {
  const { pid } = await embeddedPostgres(arno);
  await move(runner, [pid, ...(await childrenOf(pid))]);
}

async function move([command, ...words]: string[], pids: number[]): Promise<void> {
  if (!command) return;
  for (const pid of pids) {
    const args = ['--all-tasks', '--pid', ...words, `${pid}`];
    const { code, output } = await runProgram('taskset', command, args, { env: process.env });
    if (code !== 0) throw new Error(`taskset ended with ${code}: ${output}`);
  }
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      return Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]);
    }),
  );
  return pids.filter((_, index) => parents[index] === parent);
}

async function allowedCores(): Promise<number[]> {
  // Only Linux has it, and taskset.
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const [, list = ''] = /^Cpus_allowed_list:\s*(\S+)/m.exec(status) ?? [];
  return list
    .split(',')
    .filter(Boolean)
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
}
