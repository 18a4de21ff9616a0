import type { Node, NodeAPI } from 'node-red';
import { type CallContext, type CallNodeConfig, CallRunner } from './call-runner.ts';
import type { Outcome, Send } from './messages.ts';

/** Registers a type of node that answers each message with one call. */
export function registerCallNode<Config extends CallNodeConfig>(
  RED: NodeAPI,
  type: string,
  perform: (context: CallContext, config: Config) => Promise<Outcome>,
): void {
  RED.nodes.registerType(type, function (this: Node, config: Config) {
    RED.nodes.createNode(this, config);
    const runner = new CallRunner(RED, this, config, (context) => perform(context, config));
    this.on('input', (msg, send, done) => {
      runner.take(msg, send as Send).then(() => done(), done);
    });
    this.on('close', (done: () => void) => {
      runner.close().then(done, done);
    });
  });
}
