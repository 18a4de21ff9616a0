import { type ClearmlErrorName, clearmlErrors } from '@arno/protocol/clearml';
import { sqlState } from '../platform/database.ts';

/** A refusal of the ClearML API: one row of the error table, with details a person can act on. */
export class ClearmlError extends Error {
  readonly code: ClearmlErrorName;
  readonly status: number;
  readonly subcode: number;
  readonly data: Record<string, unknown>;

  /**
   * @param detail what exactly was wrong and how to mend it; appended to the table's text
   * @param data answered as `meta.error_data`
   */
  constructor(code: ClearmlErrorName, detail?: string, data: Record<string, unknown> = {}) {
    const [status, subcode, text] = clearmlErrors[code];
    super(detail ? `${text}: ${detail}` : text);
    this.code = code;
    this.status = status;
    this.subcode = subcode;
    this.data = data;
  }
}

/** The row of the error table for an error that the request itself caused, also where PostgreSQL noticed; else undefined. */
export function refusalOf(error: unknown): ClearmlError | undefined {
  if (error instanceof ClearmlError) return error;
  const { message = '' } = error as { message?: string };
  switch (sqlState(error)) {
    case '2201B':
      return new ClearmlError('invalid_regex_error', message);
    case '23505':
      return new ClearmlError('expected_unique_data');
    // A number out of range, a text that is no such value (half a surrogate pair in JSON), a date beyond the calendar, a negative
    // LIMIT or OFFSET.
    case '22003':
    case '22021':
    case '22P02':
    case '22P05':
    case '22008':
    case '2201W':
    case '2201X':
      return new ClearmlError('validation_error', message);
    default:
      return undefined;
  }
}
