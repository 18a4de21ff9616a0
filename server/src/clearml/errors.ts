import { type ClearmlErrorName, clearmlErrors } from '@arno/protocol/clearml';

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
