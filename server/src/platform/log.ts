import { type DestinationStream, type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export type { Logger };

export interface LogOutput {
  log: Logger;
  /** Takes JSON lines of other programs, so that they come out in the same form. */
  stream: DestinationStream;
  recent: RecentLog;
}

const keptLines = 500;
const keptLineChars = 8000;

/** The last lines of the log, in memory: for who helps with a fault that has just occurred. */
export class RecentLog {
  readonly #lines: string[] = [];
  #rest = '';

  /** Takes lines, or parts of lines, as a stream does. */
  write(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    // One character more than is kept says that there were more.
    this.#rest = (lines.pop() ?? '').slice(0, keptLineChars + 1);
    this.#lines.push(...lines.filter(Boolean).map(keptLine));
    this.#lines.splice(0, this.#lines.length - keptLines);
  }

  /** JSON lines, the oldest first, as they were written. */
  get lines(): readonly string[] {
    return this.#lines;
  }
}

/** Long lines are left out and not cut: a secret at the cut would leave a part of itself that nobody recognizes. */
function keptLine(line: string): string {
  return line.length > keptLineChars ? JSON.stringify({ msg: '(a line too long to be kept)' }) : line;
}

/**
 * The program's log on standard output: JSON lines for machines, readable lines in a terminal. Fields that carry secrets are
 * never written.
 */
export function createLogOutput(level: string, terminal = process.stdout.isTTY): LogOutput {
  const shown: DestinationStream = terminal
    ? pretty({ colorize: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname', singleLine: true })
    : // Not process.stdout: that one ends the process when whoever reads our output goes away.
      pino.destination({ fd: process.stdout.fd, sync: true });
  const recent = new RecentLog();
  const stream: DestinationStream = {
    write(chunk) {
      recent.write(chunk);
      shown.write(chunk);
    },
  };
  return { stream, recent, log: pino({ ...options, level }, stream) };
}

/** A log without a terminal, for tests. */
export function createLog(level: string): Logger {
  return pino({ ...options, level });
}

const options = {
  base: null,
  timestamp: pino.stdTimeFunctions.isoTime,
  redact: [
    'req.headers.authorization',
    'req.headers.cookie',
    'password',
    'token',
    'access_token',
    'secret_key',
  ],
};
