import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { LogOutput } from './log.ts';

export interface ChildOptions {
  /** For log lines and health. */
  name: string;
  script: string;
  args: string[];
  env: Record<string, string>;
  output: LogOutput;
  /** Milliseconds between SIGTERM and SIGKILL. */
  graceMs?: number;
}

const firstDelayMs = 500;
const maxDelayMs = 30_000;
/** A child that lived this long starts its back-off anew. */
const stableMs = 60_000;

/**
 * Keeps a Node program running beside this one: starts it again with back-off when it ends by itself. The child holds a pipe to
 * us and stops when it closes, so that it does not outlive a killed server. It has a process group of its own: Ctrl-C in a
 * terminal reaches us alone, and we stop it in our own order.
 */
export class Child {
  readonly #options: ChildOptions;
  #process: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #delay = firstDelayMs;
  #stopping = false;

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return this.#process?.exitCode === null && this.#process.signalCode === null;
  }

  start(): void {
    const { name, script, args, env, output } = this.#options;
    const { log, stream } = output;
    const startedAt = Date.now();
    const child = spawn(process.execPath, ['--enable-source-maps', script, ...args], {
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#process = child;
    child.on('error', (error) => log.error({ err: error, child: name }, 'cannot be started'));
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => stream.write(chunk));
    child.stderr?.on('data', (chunk: Buffer) => process.stderr.write(chunk));
    child.once('exit', (code, signal) => {
      if (this.#stopping) return;
      if (Date.now() - startedAt > stableMs) this.#delay = firstDelayMs;
      log.warn({ child: name, code, signal, retryMs: this.#delay }, 'child ended; it will be started again');
      this.#timer = setTimeout(() => this.start(), this.#delay);
      this.#delay = Math.min(this.#delay * 2, maxDelayMs);
    });
  }

  /** Ends the child: SIGTERM, then SIGKILL after the grace. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#process;
    if (!child || !this.running) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), this.#options.graceMs ?? 15_000);
    await ended;
    clearTimeout(kill);
  }
}
