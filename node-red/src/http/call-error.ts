/** What a CallError knows beside its text. */
export interface CallErrorDetails {
  /** HTTP status of the answer, when there was one. */
  status?: number;
  /** The answer, parsed when it was JSON. */
  body?: unknown;
  /** No answer came, for a reason that may pass. */
  unanswered?: boolean;
  /** The request surely did not reach the other side, so sending it again cannot do anything twice. */
  notSent?: boolean;
  /** How long the other side asks to be left alone, in milliseconds. */
  retryAfterMs?: number;
}

/** A call that went wrong, in words for the person who drew the flow. Its text holds no token. */
export class CallError extends Error {
  readonly details: CallErrorDetails;

  constructor(message: string, details: CallErrorDetails = {}) {
    super(message);
    this.name = 'CallError';
    this.details = details;
  }
}

/** Whether the same may work in a moment: there was no answer, or the other side says so. */
export function mayPass({ details: { unanswered, status = 0 } }: CallError): boolean {
  return unanswered === true || status === 429 || status >= 500;
}

/** What to say of anything that was thrown. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
