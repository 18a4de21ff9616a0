import type { NodeAPI } from 'node-red';
import type { OnDemandOrder } from '../gateway/requests.ts';
import { CallError } from '../http/call-error.ts';
import { registerCallNode } from './call-node.ts';
import type { CallContext, CallNodeConfig } from './call-runner.ts';
import { fieldsOf, inputOf, textField } from './input.ts';
import type { Outcome } from './messages.ts';
import { queuedOutcome } from './queued-call.ts';

/** Properties of `clearml-serving-ondemand` in a flow file. */
interface OnDemandConfig extends CallNodeConfig {
  /** Alias of a model; the lab's nodes have the pair below in its place. */
  model?: string;
  machine_id?: string;
  endpoint?: string;
  /** Of an input of bytes, when the message does not say it. */
  contentType?: string;
}

export function registerOnDemand(RED: NodeAPI): void {
  registerCallNode<OnDemandConfig>(RED, 'clearml-serving-ondemand', callModel);
}

async function callModel(context: CallContext, config: OnDemandConfig): Promise<Outcome> {
  const { RED, node, gateway, call } = context;
  const { msg, signal } = call;
  const model = modelOf(config, fieldsOf(msg));
  const input = await inputOf(RED, node, config, msg);
  const contentType = typeof msg.contentType === 'string' ? msg.contentType : config.contentType;
  const order = { model, input, contentType: contentType || 'application/octet-stream' };
  const answer = await gateway.onDemand(order, signal);
  const { status, response, callId, isQueued } = answer;
  // No machine was free, and the model is one that is queued then.
  if (status === 202 && isQueued && callId !== undefined) return queuedOutcome(context, callId);
  return { response, value: response, callId, contentType: answer.contentType };
}

/** The message wins over the node, and of each the older pair over the alias only when it is all there is. */
function modelOf(config: OnDemandConfig, fields: Record<string, unknown>): OnDemandOrder['model'] {
  const alias = textField(fields, 'model');
  if (alias) return { alias };
  const ofMessage = { machineId: textField(fields, 'machine_id'), endpoint: textField(fields, 'endpoint') };
  if (config.model && !ofMessage.machineId && !ofMessage.endpoint) return { alias: config.model };
  const machineId = ofMessage.machineId || (config.machine_id ?? '').trim();
  const endpoint = ofMessage.endpoint || (config.endpoint ?? '').trim();
  const missing = machineId ? 'endpoint' : 'machine_id';
  if (machineId && endpoint) return { machineId, endpoint };
  throw new CallError(`${missing} is missing: choose a model in the node or set msg.payload.${missing}`);
}
