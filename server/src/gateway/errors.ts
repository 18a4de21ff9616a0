import { type GatewayErrorCode, gatewayErrors } from '@arno/protocol';

/** A refusal of the gateway: one row of its error table, with words that name what to mend. */
export class GatewayError extends Error {
  readonly code: GatewayErrorCode;
  readonly status: number;
  /** More for admins and developers, who see it in the log of calls: addresses, system errors. */
  readonly detail: string | undefined;

  constructor(code: GatewayErrorCode, message: string, detail?: string) {
    super(message);
    this.name = 'GatewayError';
    this.code = code;
    this.status = gatewayErrors[code];
    this.detail = detail;
  }
}
