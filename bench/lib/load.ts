import { join } from 'node:path';
import { findProgram } from '../../acceptance/lib/environment.ts';
import { runProgram } from '../../acceptance/lib/process.ts';

/** Where calls go, and what each of them sends. */
export interface Target {
  url: string;
  body: string;
  authorization?: string;
}

export interface Load {
  connections: number;
  seconds: number;
}

export interface Answers {
  calls: number;
  callsPerSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

const script = join(import.meta.dirname, 'wrk.lua');

/**
 * Calls as fast as the answers come, over connections that stay open. wrk is a process of its own, and measures microseconds.
 *
 * @param runner puts it on its cores
 */
export async function load(
  target: Target,
  { connections, seconds }: Load,
  runner: string[],
): Promise<Answers> {
  const { url, body, authorization = '' } = target;
  const wrk = [findProgram('wrk'), '--threads', '1', '--connections', `${connections}`];
  const [command = '', ...args] = [...runner, ...wrk, '--duration', `${seconds}s`, '--timeout', '30s'];
  const { code, output } = await runProgram('wrk', command, [...args, '--script', script, url], {
    env: { ...process.env, WRK_BODY: body, WRK_AUTHORIZATION: authorization },
  });
  const line = output.split('\n').find((text) => text.startsWith('{'));
  if (code !== 0 || !line) throw new Error(`wrk ended with ${code}:\n${output}`);
  const { calls, failed, duration, p50, p99 } = JSON.parse(line);
  if (failed > 0) throw new Error(`${failed} of ${calls} calls of ${url} failed:\n${output}`);
  return { calls, callsPerSecond: calls / (duration / 1e6), p50: p50 / 1000, p99: p99 / 1000 };
}
