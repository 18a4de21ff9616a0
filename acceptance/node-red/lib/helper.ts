import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Data } from '../../lib/clearml.ts';
import { root } from '../../lib/environment.ts';

// The official helper runs the built nodes in Node-RED's runtime, without an editor.

const require = createRequire(join(root, 'node-red', 'package.json'));
const helper: Data = require('node-red-node-test-helper');

export function useRuntime(): void {
  beforeAll(async () => {
    helper.init(require.resolve('node-red'));
    await helper.startServer();
  });
  afterEach(() => helper.unload());
  afterAll(() => helper.stopServer());
}

export interface RunningFlow {
  send(node: string, msg: object): void;
  /** The next message that a helper node gets; those that came before it was asked for count too. */
  next(node: string): Promise<Data>;
  /** What a node shows. */
  status(node: string): Data;
}

/** Runs a flow. Nodes of the type `helper` keep what they get; credentials stand in their nodes. */
export async function runFlow(nodes: Data[]): Promise<RunningFlow> {
  const arno = require('./dist/arno.js');
  const catchNode = require('@node-red/nodes/core/common/25-catch.js');
  const flow = nodes.map(({ credentials: _, ...node }) => ({ ...node, ...(node.wires && { z: 'tab' }) }));
  const credentials = Object.fromEntries(nodes.map((node) => [node.id, node.credentials ?? {}]));
  await helper.load([arno, catchNode], [{ id: 'tab', type: 'tab' }, ...flow], credentials);
  const mailboxes = new Map<string, Mailbox>();
  const statuses = new Map<string, Data>();
  for (const { id, type } of nodes) {
    const node = helper.getNode(id);
    if (type === 'helper') mailboxes.set(id, new Mailbox(node));
    node.on('call:status', (call: Data) => statuses.set(id, call.args[0]));
  }
  return {
    send: (id, msg) => helper.getNode(id).receive(msg),
    next: (id) => mailboxes.get(id)?.next() ?? Promise.reject(new Error(`${id} is no helper`)),
    status: (id) => statuses.get(id),
  };
}

class Mailbox {
  readonly #arrived: Data[] = [];
  readonly #waiting: ((msg: Data) => void)[] = [];

  constructor(node: Data) {
    node.on('input', (msg: Data) => {
      const next = this.#waiting.shift();
      if (next) next(msg);
      else this.#arrived.push(msg);
    });
  }

  next(): Promise<Data> {
    if (this.#arrived.length > 0) return Promise.resolve(this.#arrived.shift());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
