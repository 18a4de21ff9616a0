import { type Logger, pino } from 'pino';

export type { Logger };

/** The program's log: JSON lines on standard output. Header fields that carry secrets are never written. */
export function createLog(level: string): Logger {
  return pino({
    level,
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
  });
}
