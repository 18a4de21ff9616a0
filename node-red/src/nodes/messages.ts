import type { NodeMessage, NodeMessageInFlow } from 'node-red';
import { CallError, textOf } from '../http/call-error.ts';

/** How a call ended well. */
export interface Outcome {
  response: unknown;
  /** What the output `plain` sends. */
  value: unknown;
  callId?: string | undefined;
  /** Of an answer of bytes. */
  contentType?: string | undefined;
}

/** The server took the request and did not queue it: the answer is all there is to say. */
export class NotQueued extends CallError {}

export type Send = (msg: NodeMessage | Array<NodeMessage | null>) => void;

/**
 * What becomes of a message. `envelope` is the form of the lab's package, which sends a message in every case; `plain` sends the answer
 * alone and leaves failures to Catch nodes.
 */
export type OutputForm = 'envelope' | 'plain';

export function sendOutcome(outcome: Outcome, msg: NodeMessageInFlow, send: Send, form: OutputForm): void {
  const { response, value, callId, contentType } = outcome;
  if (callId !== undefined) msg.call_id = callId;
  if (contentType && Buffer.isBuffer(response)) msg.contentType = contentType;
  msg.payload = form === 'plain' ? value : { status: 'ok', response };
  send(msg);
}

export function sendFailure(error: unknown, msg: NodeMessageInFlow, send: Send, form: OutputForm): void {
  if (form === 'plain') return;
  msg.payload = { status: 'ko', ...reasonOf(error) };
  send(msg);
}

/** The lab's nodes put a body now under the one name and now under the other, so flows may read either. */
function reasonOf(error: unknown): object {
  const body = error instanceof CallError ? error.details.body : undefined;
  if (error instanceof NotQueued) return { response: body };
  return { error: textOf(error), ...(body !== undefined && { response: body, details: body }) };
}
