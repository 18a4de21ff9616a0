/** Error codes of the console's API and the HTTP status each is answered with. */
export const consoleErrors = {
  /** `field` names the field of the request that is missing or wrong. */
  invalid_field: 400,
  invalid_request: 400,
  unauthorized: 401,
  wrong_credentials: 401,
  forbidden: 403,
  not_found: 404,
  /** `field` names the value that is taken already. */
  conflict: 409,
  body_too_large: 413,
  too_many_attempts: 429,
  internal_error: 500,
  /** The ClearML server that the tasks live on does not answer. */
  backend_unavailable: 503,
} as const;
export type ConsoleErrorCode = keyof typeof consoleErrors;

export interface ConsoleError {
  error: { code: ConsoleErrorCode; message: string; field?: string };
}

export interface Page<Item> {
  items: Item[];
  total: number;
}

/** No other properties than those named. */
export const exactly = { additionalProperties: false };
