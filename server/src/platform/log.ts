import type { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export type { Logger };

export interface LogOutput {
  log: Logger;
  /** Takes JSON lines of other programs, so that they come out in the same form. */
  stream: Writable;
}

/**
 * The program's log on standard output: JSON lines for machines, readable lines in a terminal. Fields that carry secrets are
 * never written.
 */
export function createLogOutput(level: string, terminal = process.stdout.isTTY): LogOutput {
  const stream: Writable = terminal
    ? pretty({ colorize: true, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname', singleLine: true })
    : process.stdout;
  return { stream, log: pino({ ...options, level }, stream) };
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
