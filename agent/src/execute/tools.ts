import { type Exit, readCommand, runCommand, type Source } from './command.ts';
import type { TaskConsole } from './console.ts';

/** What git, venv, pip and the task itself need to run on this machine for one task. */
export interface Tools {
  env: Record<string, string>;
  console: TaskConsole;
  /** Ends whatever runs for the task. */
  signal: AbortSignal;
}

/** Thrown where the task is ended from outside while it is prepared; whoever ended it knows why. */
export class Interrupted extends Error {
  constructor() {
    super('ended while it was prepared');
    this.name = 'Interrupted';
  }
}

/** Runs a tool with its output on the task's console, and gives its exit and the last of that output (8 KiB). */
export async function runTool(
  program: string,
  args: string[],
  cwd: string,
  timeout: number,
  tools: Tools,
): Promise<Exit & { output: string }> {
  let output = '';
  const onOutput = (source: Source, chunk: Buffer) => {
    output = (output + chunk.toString('utf8')).slice(-8_192);
    return tools.console.accept(source, chunk);
  };
  const exit = await runCommand(program, args, {
    cwd,
    env: tools.env,
    signal: tools.signal,
    timeout,
    onOutput,
  });
  if (tools.signal.aborted) throw new Interrupted();
  return { ...exit, output };
}

/** Runs a tool whose output is for us and not for the console, and gives both. */
export async function readTool(
  program: string,
  args: string[],
  cwd: string,
  timeout: number,
  { env, signal }: Tools,
): Promise<Exit & { output: string }> {
  const exit = await readCommand(program, args, { cwd, env, signal, timeout });
  if (signal.aborted) throw new Interrupted();
  return exit;
}
