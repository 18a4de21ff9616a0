import type { Node, NodeAPI, NodeDef, NodeMessageInFlow, NodeStatus } from 'node-red';
import type { Gateway } from '../gateway/gateway.ts';
import { textOf } from '../http/call-error.ts';
import type { InputConfig } from './input.ts';
import { type Outcome, type OutputForm, type Send, sendFailure, sendOutcome } from './messages.ts';
import { Cancelled, NodeClosed, type RunningCall, RunningCalls } from './running-call.ts';
import { type ServerChoice, type ServerOfNode, serverOf } from './server-nodes.ts';

/** Properties that both nodes have in a flow file. Those that the lab's package does not know are optional. */
export interface CallNodeConfig extends NodeDef, ServerChoice, InputConfig {
  output?: OutputForm;
  /** 2 with progress. */
  outputs?: number;
}

/** What a node does with one message. */
export interface CallContext {
  RED: NodeAPI;
  node: Node;
  gateway: Gateway;
  call: RunningCall;
  calls: RunningCalls;
  /** Aborted with the node. */
  closing: AbortSignal;
  show(status: NodeStatus): void;
  /** Sends to the second output, when there is one. */
  sendProgress(payload: unknown): void;
}

export type Perform = (context: CallContext) => Promise<Outcome>;

/** What there is room for below a node. */
const longestStatus = 60;

/** Answers each message of a node with one call, several at a time, shows what it does, and ends cleanly. */
export class CallRunner {
  readonly #calls = new RunningCalls();
  readonly #closing = new AbortController();
  readonly #RED: NodeAPI;
  readonly #node: Node;
  readonly #config: CallNodeConfig;
  readonly #server: ServerOfNode;
  readonly #perform: Perform;

  constructor(RED: NodeAPI, node: Node, config: CallNodeConfig, perform: Perform) {
    this.#RED = RED;
    this.#node = node;
    this.#config = config;
    this.#server = serverOf(RED, config);
    this.#perform = perform;
  }

  /** Works on a message. Rejects with what Catch nodes get, after the message was sent that says so. */
  async take(msg: NodeMessageInFlow, send: Send): Promise<void> {
    const { cancel } = msg;
    if (cancel === true || (typeof cancel === 'string' && cancel !== '')) return this.#cancel(cancel);
    const { output: form = 'envelope' } = this.#config;
    const call = this.#calls.begin(msg, this.#status('blue', 'dot', 'calling'));
    this.#show();
    const started = Date.now();
    try {
      const outcome = await this.#perform(this.#context(call, send));
      call.signal.throwIfAborted();
      sendOutcome(outcome, msg, send, form);
      this.#end(call, this.#status('green', 'dot', 'done', { seconds: secondsSince(started) }));
    } catch (error) {
      // Whoever deployed does not wait for the messages of the nodes that are gone.
      if (error instanceof NodeClosed) return;
      sendFailure(error, msg, send, form);
      if (error instanceof Cancelled) return this.#end(call, this.#status('grey', 'ring', 'cancelled'));
      this.#end(call, { fill: 'red', shape: 'ring', text: textOf(error).slice(0, longestStatus) });
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new NodeClosed());
    this.#calls.close();
    await this.#server.close();
  }

  /** Calls of this node, or any call of the server by its id. */
  async #cancel(which: true | string): Promise<void> {
    if (this.#calls.cancel(which) > 0 || which === true) return;
    await this.#server.gateway().cancel(which, this.#closing.signal);
  }

  #context(call: RunningCall, send: Send): CallContext {
    return {
      RED: this.#RED,
      node: this.#node,
      gateway: this.#server.gateway(),
      call,
      calls: this.#calls,
      closing: this.#closing.signal,
      show: (status) => {
        call.status = status;
        this.#show();
      },
      sendProgress: (payload) => {
        if (Number(this.#config.outputs) !== 2 || call.signal.aborted) return;
        send([null, Object.assign(this.#RED.util.cloneMessage(call.msg), { payload })]);
      },
    };
  }

  #end(call: RunningCall, status: NodeStatus): void {
    this.#calls.end(call);
    if (this.#calls.size > 0) this.#show();
    else this.#node.status(status);
  }

  /** What the one call does, or how many there are. */
  #show(): void {
    const { single, size } = this.#calls;
    if (size > 0) this.#node.status(single ?? this.#status('blue', 'dot', 'calls', { count: `${size}` }));
  }

  #status(
    fill: NonNullable<NodeStatus['fill']>,
    shape: NonNullable<NodeStatus['shape']>,
    key: string,
    values: Record<string, string> = {},
  ): NodeStatus {
    return { fill, shape, text: this.#RED._(`status.${key}`, values) };
  }
}

const secondsSince = (start: number) => ((Date.now() - start) / 1000).toFixed(1);
