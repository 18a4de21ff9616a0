import { createRequire } from 'node:module';
import type { Node, NodeMessage } from 'node-red';
import { afterAll, afterEach, beforeAll } from 'vitest';
import arno from '../arno.ts';

/** The official test helper, as far as it is used here; it has no types of its own. */
interface Helper {
  init(runtime: string): void;
  startServer(): Promise<void>;
  stopServer(): Promise<void>;
  load(nodes: unknown[], flow: object[], credentials?: object): Promise<void>;
  unload(): Promise<void>;
  getNode(id: string): Node;
  settings(settings: object): object;
  request(): { post(path: string): { send(body: object): Promise<{ status: number; body: unknown }> } };
}

const require = createRequire(import.meta.url);
export const helper: Helper = require('node-red-node-test-helper');
const core = [
  require('@node-red/nodes/core/common/25-catch.js'),
  require('@node-red/nodes/core/network/05-tls.js'),
];

/** Starts Node-RED's runtime for the tests of a file. */
export function useNodeRed(): void {
  beforeAll(async () => {
    helper.init(require.resolve('node-red'));
    await helper.startServer();
  });
  afterEach(() => helper.unload());
  afterAll(() => helper.stopServer());
}

/** A flow with one node of ours, and helpers at its outputs and at a Catch node. */
export interface Flow {
  node: Node;
  send(msg: NodeMessage): void;
  /** The next message of an output that was not asked for before. */
  next(output?: 'answer' | 'progress' | 'caught'): Promise<NodeMessage & { payload: never }>;
  /** What the node showed, the last one last. */
  statuses: { fill?: string; text?: string }[];
}

/**
 * Runs a node.
 *
 * @param others configuration nodes, with their credentials
 */
export async function runNode(
  properties: { type: string; [name: string]: unknown },
  others: { id: string; type: string; credentials?: object; [name: string]: unknown }[] = [],
): Promise<Flow> {
  const outputs = [['answer'], ['progress']].slice(0, properties.outputs === 2 ? 2 : 1);
  const flow = [
    { id: 'tab', type: 'tab' },
    ...others.map(({ credentials: _, ...node }) => node),
    { id: 'node', z: 'tab', wires: outputs, ...properties },
    { id: 'answer', z: 'tab', type: 'helper' },
    { id: 'progress', z: 'tab', type: 'helper' },
    { id: 'catcher', z: 'tab', type: 'catch', scope: null, wires: [['caught']] },
    { id: 'caught', z: 'tab', type: 'helper' },
  ];
  const credentials = Object.fromEntries(others.map(({ id, credentials = {} }) => [id, credentials]));
  await helper.load([arno, ...core], flow, credentials);
  const node = helper.getNode('node');
  const statuses: Flow['statuses'] = [];
  node.on(
    'call:status' as never,
    ((call: { args: [Flow['statuses'][number]] }) => statuses.push(call.args[0])) as never,
  );
  const ports = Object.fromEntries(
    ['answer', 'progress', 'caught'].map((id) => [id, collect(helper.getNode(id))]),
  );
  return {
    node,
    send: (msg) => node.receive(msg),
    next: (output = 'answer') => ports[output]?.() as ReturnType<Flow['next']>,
    statuses,
  };
}

function collect(node: Node): () => Promise<NodeMessage> {
  const arrived: NodeMessage[] = [];
  const waiting: ((msg: NodeMessage) => void)[] = [];
  node.on('input', (msg) => {
    const next = waiting.shift();
    if (next) next(msg);
    else arrived.push(msg);
  });
  return () => {
    const msg = arrived.shift();
    return msg ? Promise.resolve(msg) : new Promise((resolve) => waiting.push(resolve));
  };
}

/** An `arno-server` with a token. */
export const server = (url: string, properties: object = {}) => ({
  id: 'server',
  type: 'arno-server',
  url,
  auth: 'token',
  retries: 3,
  credentials: { token: 'a-token' },
  ...properties,
});
