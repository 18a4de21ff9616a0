import type { NodeMessageInFlow, NodeStatus } from 'node-red';
import { CallError } from '../http/call-error.ts';

/** One message that a node works on. */
export interface RunningCall {
  msg: NodeMessageInFlow;
  /** Its call in the gateway, once it has one. */
  callId?: string;
  /** Aborted when the call is cancelled or the node is closed. */
  readonly signal: AbortSignal;
  status: NodeStatus;
}

/** Somebody asked for the end of a call. */
export class Cancelled extends CallError {}

/** The node ends, and its messages with it. */
export class NodeClosed extends CallError {
  constructor() {
    super('the node was closed');
  }
}

/** What a node works on at one time. */
export class RunningCalls {
  readonly #calls = new Map<RunningCall, AbortController>();

  get size(): number {
    return this.#calls.size;
  }

  begin(msg: NodeMessageInFlow, status: NodeStatus): RunningCall {
    const controller = new AbortController();
    const call: RunningCall = { msg, signal: controller.signal, status };
    this.#calls.set(call, controller);
    return call;
  }

  end(call: RunningCall): void {
    this.#calls.delete(call);
  }

  /** The status of the call when there is one only. */
  get single(): NodeStatus | undefined {
    const [first, second] = this.#calls.keys();
    return second ? undefined : first?.status;
  }

  /** Cancels all, or those with an id of a message or a call. Answers how many. */
  cancel(which: true | string): number {
    const chosen = [...this.#calls].filter(
      ([{ callId, msg }]) => which === true || which === callId || which === msg._msgid,
    );
    for (const [, controller] of chosen) controller.abort(new Cancelled('cancelled'));
    return chosen.length;
  }

  /** Answers how to take it back. */
  cancelAfter(call: RunningCall, seconds: number): () => void {
    const why = () => this.#calls.get(call)?.abort(new Cancelled(`cancelled after ${seconds} s`));
    // Longer ones would fire at once.
    const timer = setTimeout(why, Math.min(seconds * 1000, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  }

  close(): void {
    for (const controller of this.#calls.values()) controller.abort(new NodeClosed());
    this.#calls.clear();
  }
}
