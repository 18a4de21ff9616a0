import type { Node, NodeAPI, NodeDef } from 'node-red';
import type { Gateway } from '../gateway/gateway.ts';
import { CallError } from '../http/call-error.ts';
import { type LabAccount, type LabSecrets, openAccount, openContainer } from '../servers/lab.ts';
import { openServer, type ServerConfig, type ServerSecrets } from '../servers/server.ts';

/** A configuration node that stands for a server. */
export interface ServerNode extends Node {
  credentials: ServerSecrets & LabSecrets;
  /** As it was deployed, without secrets. */
  config: NodeDef & Partial<ServerConfig & LabAccount>;
  /** Opened by the first node that calls, when all configuration nodes are there. Throws CallError. */
  gateway(): Gateway;
}

/** The two configuration nodes: ours, and the one of the lab's package. */
export function registerServerNodes(RED: NodeAPI): void {
  RED.nodes.registerType(
    'arno-server',
    function (this: Node, config: NodeDef & ServerConfig) {
      RED.nodes.createNode(this, config);
      const save = (secrets: ServerSecrets) => void RED.nodes.addCredentials(this.id, secrets);
      opens(this, config, () => openServer(RED, config, secretsOf(this), save));
    },
    {
      credentials: {
        token: { type: 'password' },
        clientSecret: { type: 'password' },
        refreshToken: { type: 'password' },
      },
    },
  );
  RED.nodes.registerType(
    'snap4city-authentication-clearml',
    function (this: Node, config: NodeDef & LabAccount) {
      RED.nodes.createNode(this, config);
      opens(this, config, () => openAccount(RED, config, secretsOf(this)));
    },
    { credentials: { user: { type: 'text' }, password: { type: 'password' } } },
  );
}

/** A node without any has no credentials at all. */
const secretsOf = (node: Node): ServerSecrets & LabSecrets => node.credentials ?? {};

function opens(node: Node, config: ServerNode['config'], open: () => Gateway): void {
  let gateway: Gateway | undefined;
  const server: Pick<ServerNode, 'config' | 'gateway'> = {
    config,
    gateway() {
      gateway ??= open();
      return gateway;
    },
  };
  Object.assign(node, server);
  node.on('close', (done: () => void) => {
    if (gateway) gateway.close().then(done, done);
    else done();
  });
}

/** Which server a node calls: ids of configuration nodes. */
export interface ServerChoice {
  server?: string;
  authentication?: string;
}

/** How a node gets at its server. */
export interface ServerOfNode {
  /** Throws CallError when it cannot be opened. */
  gateway(): Gateway;
  /** For the end of the node; a server that belongs to a configuration node stays. */
  close(): Promise<void>;
}

/** The server of a node: an `arno-server`, else the lab's account, else the login of the lab's containers. */
export function serverOf(RED: NodeAPI, { server, authentication }: ServerChoice): ServerOfNode {
  const id = server || authentication;
  if (id) return { gateway: () => serverNode(RED, id).gateway(), async close() {} };
  let own: Gateway | undefined;
  return {
    gateway() {
      own ??= openContainer(RED);
      return own;
    },
    async close() {
      await own?.close();
    },
  };
}

function serverNode(RED: NodeAPI, id: string): ServerNode {
  const node = RED.nodes.getNode(id) as unknown as ServerNode | null;
  if (node?.gateway) return node;
  throw new CallError('the server of this node is missing or disabled: choose one and deploy');
}
