import type { CallDocument } from '@arno/protocol';
import type { NodeStatus } from 'node-red';
import { CallError, textOf } from '../http/call-error.ts';
import type { CallContext } from './call-runner.ts';
import type { Outcome } from './messages.ts';
import { Cancelled } from './running-call.ts';

/**
 * Waits for the end of a queued call and shows it on its way.
 *
 * @throws CallError with the document of a call that did not complete
 */
export async function queuedOutcome(context: CallContext, callId: string): Promise<Outcome> {
  const { gateway, call, show, sendProgress, RED } = context;
  call.callId = callId;
  try {
    const document = await gateway.follow(callId, {
      signal: call.signal,
      onChange(document) {
        show(statusOf(context, document));
        sendProgress(document);
      },
      onInterruption: () => show({ fill: 'yellow', shape: 'ring', text: RED._('status.reconnecting') }),
    });
    return outcomeOf(document);
  } catch (error) {
    if (error instanceof Cancelled) throw await cancelled(context, callId, error);
    throw error;
  }
}

function outcomeOf(document: CallDocument): Outcome {
  const { status, error, call_id: callId, result } = document;
  if (status === 'completed') return { response: document, value: result ?? document, callId };
  throw new CallError(error ?? `the call ended as ${status}`, { body: document });
}

/** The server is told, also when the message ends for another reason than a person's. */
async function cancelled(
  { gateway, closing }: CallContext,
  callId: string,
  why: Cancelled,
): Promise<CallError> {
  try {
    return new Cancelled(why.message, { body: await gateway.cancel(callId, closing) });
  } catch (error) {
    return new CallError(`${why.message}, but the task may run on: ${textOf(error)}`);
  }
}

function statusOf({ RED }: CallContext, { status, progress, queue_position }: CallDocument): NodeStatus {
  if (status === 'queued') {
    const place = queue_position === undefined ? '' : `${queue_position + 1}`;
    const text = place ? RED._('status.queuedAt', { place }) : RED._('status.queued');
    return { fill: 'yellow', shape: 'dot', text };
  }
  const text =
    progress === undefined
      ? RED._('status.running')
      : RED._('status.runningAt', { percent: `${Math.round(progress)}` });
  return { fill: 'blue', shape: 'dot', text };
}
