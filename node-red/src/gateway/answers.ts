import type { CallDocument } from '@arno/protocol';
import { CallError } from '../http/call-error.ts';
import { contentOf, type HttpAnswer, header, retryAfterOf } from '../http/http.ts';

/** What the gateway answered, for a message. */
export interface Answer {
  status: number;
  response: unknown;
  contentType: string;
  /** Id of the call in the gateway's log, where it said one. */
  callId: string | undefined;
  /** The body says that the call waits in a queue. */
  isQueued: boolean;
}

export function answerOf(answer: HttpAnswer): Answer {
  const response = contentOf(answer);
  const { status, call_id } = (response ?? {}) as { status?: unknown; call_id?: unknown };
  const callId = typeof call_id === 'string' ? call_id : header(answer, 'arno-call-id') || undefined;
  const contentType = header(answer, 'content-type');
  return { status: answer.status, response, contentType, callId, isQueued: status === 'queued' };
}

/** A refusal in the words of the gateway, or of whatever answered in its place. */
export function refusal(answer: HttpAnswer, origin: string): CallError {
  const body = contentOf(answer);
  const { code, message } = ((body as { error?: unknown } | null)?.error ?? {}) as Record<string, string>;
  const words = message
    ? `${message}${code ? ` (${code})` : ''}`
    : `${new URL(origin).host} refuses the call`;
  const retryAfterMs = retryAfterOf(answer);
  return new CallError(`${answer.status}: ${words}`, {
    status: answer.status,
    body: Buffer.isBuffer(body) ? body.toString('utf8') : body,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** Addresses of the gateway itself are paths: made whole, a flow can fetch them. */
export function withOrigin(document: CallDocument, origin: string): CallDocument {
  const whole = <Linked extends { url: string }>(linked: Linked): Linked => ({
    ...linked,
    url: new URL(linked.url, `${origin}/`).href,
  });
  const { result_url, artifacts, models } = document;
  return {
    ...document,
    ...(result_url !== undefined && { result_url: whole({ url: result_url }).url }),
    ...(artifacts && { artifacts: artifacts.map(whole) }),
    ...(models && { models: models.map(whole) }),
  };
}
