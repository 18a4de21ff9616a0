import { randomUUID } from 'node:crypto';
import type { NodeAPI } from 'node-red';
import type { Answer } from '../gateway/answers.ts';
import { unlessAborted } from '../http/abort.ts';
import { CallError } from '../http/call-error.ts';
import { registerCallNode } from './call-node.ts';
import type { CallContext, CallNodeConfig } from './call-runner.ts';
import { fieldsOf, inputOf, textField } from './input.ts';
import { NotQueued, type Outcome } from './messages.ts';
import { queuedOutcome } from './queued-call.ts';

/** Properties of `clearml-serving-enqueue` in a flow file. */
interface EnqueueConfig extends CallNodeConfig {
  /** A public id, or an alias. */
  task_id?: string;
  queue_name?: string;
  /** Sends the result and not only that the call was queued. */
  wait?: boolean;
  /** Seconds; nothing or 0 waits for ever. */
  cancelAfter?: number | string;
}

export function registerEnqueue(RED: NodeAPI): void {
  registerCallNode<EnqueueConfig>(RED, 'clearml-serving-enqueue', async (context, config) => {
    const seconds = config.wait ? Number(config.cancelAfter) : 0;
    const keep = seconds > 0 ? context.calls.cancelAfter(context.call, seconds) : () => {};
    try {
      return await enqueue(context, config);
    } finally {
      keep();
    }
  });
}

async function enqueue(context: CallContext, config: EnqueueConfig): Promise<Outcome> {
  const answer = await queue(context, config);
  const { callId, response, isQueued } = answer;
  if (!isQueued) throw new NotQueued('the server did not queue the task', { body: response });
  if (!config.wait) return { response, value: response, callId };
  if (callId === undefined)
    throw new CallError('this server tells nothing of queued calls: do not wait for the result');
  return queuedOutcome(context, callId);
}

async function queue(context: CallContext, config: EnqueueConfig): Promise<Answer> {
  const { RED, node, gateway, call, closing } = context;
  const fields = fieldsOf(call.msg);
  const task = textField(fields, 'task_id', config.task_id);
  if (!task) throw new CallError('task_id is missing: choose a task in the node or set msg.payload.task_id');
  const params = await inputOf(RED, node, config, call.msg);
  if (typeof params !== 'object' || params === null || Array.isArray(params) || Buffer.isBuffer(params))
    throw new CallError('the input of a task must be an object: its parameters by name');
  const order = {
    task,
    queue: textField(fields, 'queue_name', config.queue_name),
    params,
    idempotencyKey: randomUUID(),
  };
  const answer = gateway.enqueue(order, closing);
  return unlessAborted(answer, call.signal).catch((error) => {
    // Cancelled while the request was on its way: what it queues must not run.
    const forget = async ({ callId }: Answer) => void (callId && (await gateway.cancel(callId, closing)));
    if (call.signal.aborted) answer.then(forget).catch(() => {});
    throw error;
  });
}
