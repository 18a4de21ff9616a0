import { type GatewayErrorCode, gatewayErrors, type InputFault } from '@arno/protocol';

/** A refusal of the gateway: one row of its error table, with words that name what to mend. */
export class GatewayError extends Error {
  readonly code: GatewayErrorCode;
  readonly status: number;
  /** More for admins and developers, who see it in the log of calls: addresses, system errors. */
  readonly detail: string | undefined;
  /** Seconds after which another try may succeed: the header Retry-After. */
  readonly retryAfter: number | undefined;

  constructor(code: GatewayErrorCode, message: string, detail?: string, retryAfter?: number) {
    super(message);
    this.name = 'GatewayError';
    this.code = code;
    this.status = gatewayErrors[code];
    this.detail = detail;
    this.retryAfter = retryAfter;
  }
}

/** The input of a call does not fit the schema of its mapping: `invalid_params`, with the places. */
export class InputError extends GatewayError {
  readonly faults: readonly InputFault[];

  constructor(message: string, faults: readonly InputFault[]) {
    super('invalid_params', message);
    this.name = 'InputError';
    this.faults = faults;
  }
}
