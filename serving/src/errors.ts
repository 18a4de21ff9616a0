/** What may go wrong in a call and the HTTP status it is answered with. */
const statuses = {
  invalid_request: 400,
  invalid_image: 400,
  // The caller's URL, not this machine, is at fault: a 5xx would make the gateway take the machine out of service.
  url_refused: 400,
  url_failed: 400,
  unknown_route: 404,
  unknown_endpoint: 404,
  too_large: 413,
  unsupported_media_type: 415,
  endpoint_unavailable: 503,
  internal_error: 500,
} as const;

export type ErrorCode = keyof typeof statuses;

/** An error that is told to the caller; `field` is the part of the request to mend. */
export class ServingError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly field: string | undefined;

  constructor(code: ErrorCode, message: string, field?: string) {
    super(message);
    this.name = 'ServingError';
    this.code = code;
    this.status = statuses[code];
    this.field = field;
  }
}

export interface ErrorBody {
  error: { code: ErrorCode; message: string; field?: string };
}

export function errorBody(error: ServingError): ErrorBody {
  const { code, message, field } = error;
  return { error: field === undefined ? { code, message } : { code, message, field } };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
