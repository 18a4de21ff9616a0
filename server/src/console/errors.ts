import { type ConsoleErrorCode, consoleErrors } from '@arno/protocol';

/** A refusal of the console's API: one row of its error table, with words for the person in front of it. */
export class ConsoleApiError extends Error {
  readonly code: ConsoleErrorCode;
  readonly status: number;
  /** The field of the request that it is about. */
  readonly field: string | undefined;

  constructor(code: ConsoleErrorCode, message: string, field?: string) {
    super(message);
    this.name = 'ConsoleApiError';
    this.code = code;
    this.status = consoleErrors[code];
    this.field = field;
  }
}

export function notFound(what: string): ConsoleApiError {
  return new ConsoleApiError('not_found', `there is no such ${what}; it may have been deleted`);
}
