import type { Source } from './command.ts';
import { LineAssembler, presentLine } from './lines.ts';

const flushEvery = 1_000;
const batchBytes = 1_000_000;
const batchEvents = 500;
/** Characters of one event; a burst of lines travels as one. */
const eventSize = 60_000;
/** The task is held back while this much waits to be sent. */
const waitingLimit = 2_000_000;
const tailLines = 20;

export type Level = 'info' | 'warning' | 'error';

/** One log event of the protocol; `timestamp` in milliseconds. */
export interface LogEvent {
  type: 'log';
  task: string;
  worker: string;
  level: Level;
  timestamp: number;
  msg: string;
}

export interface ConsoleOptions {
  task: string;
  worker: string;
  /** Texts that must not leave this machine. */
  secrets: string[];
  /** Delivers a batch and waits out outages; rejects when the server refuses it or there is no time left. */
  send: (events: LogEvent[]) => Promise<unknown>;
  /** Told once when a batch was refused; the lines are lost. */
  onRefused: (error: unknown) => void;
}

/**
 * The console of one task: lines of its outputs and of the agent, sent in order and in batches. Events of one console have
 * rising timestamps, since servers sort by nothing else.
 */
export class TaskConsole {
  readonly #options: ConsoleOptions;
  readonly #sources: Record<Source, LineAssembler> = {
    stdout: new LineAssembler(),
    stderr: new LineAssembler(),
  };
  readonly #start = Date.now();
  #waiting: LogEvent[] = [];
  #waitingSize = 0;
  #last = this.#start + 1;
  #tail: string[] = [];
  #sending: Promise<void> | undefined;
  #lost = false;
  readonly #timer: NodeJS.Timeout;

  constructor(options: ConsoleOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#flush(), flushEvery);
  }

  /** A line of the agent. */
  say(text: string, level: Level = 'info'): void {
    this.#add([text], level);
  }

  /**
   * Why the task failed. It comes last, where a reader who follows finds it, and stands at the very top too, by its
   * timestamp, where everyone else looks first.
   */
  headline(text: string): void {
    const alone = this.#tail.length === 0;
    this.#enqueue(presentLine(text, this.#options.secrets), 'error', this.#start);
    if (!alone) this.#add([text], 'error');
  }

  /** Output of the task; resolves when there is room for more. */
  async accept(source: Source, chunk: Uint8Array): Promise<void> {
    this.#add(this.#sources[source].push(chunk), source === 'stdout' ? 'info' : 'warning');
    if (this.#waitingSize > batchBytes) this.#pump();
    while (this.#waitingSize > waitingLimit && this.#sending) await this.#sending;
  }

  /** The last lines, for the reason of a failure. */
  tail(): string {
    return this.#tail.join('\n').slice(-2_000);
  }

  /** Ends lines that have no end yet and sends everything, or drops what was not sent. */
  async close(drop = false): Promise<void> {
    clearInterval(this.#timer);
    if (drop) {
      this.#waiting = [];
      this.#waitingSize = 0;
      return;
    }
    this.#add(this.#sources.stdout.end(), 'info');
    this.#add(this.#sources.stderr.end(), 'warning');
    this.#pump();
    while (this.#sending) await this.#sending;
  }

  #flush(): void {
    for (const source of ['stdout', 'stderr'] as const) {
      const state = this.#sources[source].progress();
      if (state !== undefined) this.#add([state], source === 'stdout' ? 'info' : 'warning');
    }
    this.#pump();
  }

  #add(lines: string[], level: Level): void {
    const shown = lines.map((line) => presentLine(line, this.#options.secrets));
    this.#tail = [...this.#tail, ...shown].slice(-tailLines);
    for (const line of shown) this.#join(line, level);
  }

  /** Lines of the same millisecond share an event, so that a burst does not push the timestamps into the future. */
  #join(line: string, level: Level): void {
    const now = Date.now();
    const event = this.#waiting.at(-1);
    const fits = event && event.level === level && event.msg.length + line.length < eventSize;
    if (fits && event.timestamp === this.#last && now <= event.timestamp) {
      event.msg += `\n${line}`;
      this.#waitingSize += line.length + 1;
      return;
    }
    this.#last = Math.max(now, this.#last + 1);
    this.#enqueue(line, level, this.#last);
  }

  #enqueue(msg: string, level: Level, timestamp: number): void {
    const { task, worker } = this.#options;
    this.#waiting.push({ type: 'log', task, worker, level, timestamp, msg });
    this.#waitingSize += msg.length;
  }

  #pump(): void {
    if (this.#sending || this.#waiting.length === 0) return;
    this.#sending = this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch();
      try {
        await this.#options.send(batch);
      } catch (error) {
        if (!this.#lost) this.#options.onRefused(error);
        this.#lost = true;
      }
    }
  }

  #nextBatch(): LogEvent[] {
    let size = 0;
    let count = 0;
    for (const event of this.#waiting) {
      size += event.msg.length;
      if (count > 0 && (size > batchBytes || count === batchEvents)) break;
      count += 1;
    }
    const batch = this.#waiting.splice(0, count);
    this.#waitingSize -= batch.reduce((sum, event) => sum + event.msg.length, 0);
    return batch;
  }
}
