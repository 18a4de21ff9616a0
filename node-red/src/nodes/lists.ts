import type { CallableModel, CallableTask } from '@arno/protocol';
import type { NodeAPI } from 'node-red';
import type { Gateway } from '../gateway/gateway.ts';
import { CallError, textOf } from '../http/call-error.ts';
import { openAccount, openContainer } from '../servers/lab.ts';
import { openServer } from '../servers/server.ts';
import type { ServerNode } from './server-nodes.ts';

/** What the editor sends: a configuration node as it is there, which need not be deployed yet. */
interface Draft {
  /** Missing for nodes that use the login of the lab's containers. */
  id?: string;
  type?: string;
  config?: Record<string, unknown>;
  /** Those that were typed in since the node was deployed. */
  credentials?: Record<string, string>;
}

/** What it gets. */
export interface ListsAnswer {
  tasks: CallableTask[];
  models: CallableModel[];
}

const path = '/arno/lists';
/** What is used of Express, which Node-RED brings along. */
interface AdminRequest {
  body?: Draft;
}
interface AdminResponse {
  on(event: 'close', listener: () => void): unknown;
  status(code: number): AdminResponse;
  json(body: object): unknown;
}

/** The settings that decide where secrets are sent. */
const addresses = ['url', 'issuer', 'domain', 'tls'];
/** The editor's place holder of a password that it does not know. */
const unknownPassword = '__PWRD__';

/** Tells the editor which tasks and models a server has for its login. Whoever may deploy may ask. */
export function serveLists(RED: NodeAPI): void {
  RED.httpAdmin.post(path, RED.auth.needsPermission('flows.write'), (request, response) => {
    answer(RED, request, response).catch((error) => response.status(500).json({ error: textOf(error) }));
  });
}

async function answer(RED: NodeAPI, request: AdminRequest, response: AdminResponse): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort(new CallError('the editor does not wait')));
  try {
    const { gateway, close } = gatewayOf(RED, request.body ?? {});
    try {
      const [tasks, models] = await Promise.all([gateway.tasks(gone.signal), gateway.models(gone.signal)]);
      const lists: ListsAnswer = { tasks, models };
      response.json(lists);
    } finally {
      await close();
    }
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    // Not the status of the server: the editor would take its 401 for its own.
    response.status(422).json({ error: error.message });
  }
}

interface Opened {
  gateway: Gateway;
  close(): Promise<void>;
}

function gatewayOf(RED: NodeAPI, { id, type, config = {}, credentials = {} }: Draft): Opened {
  if (!id) return closing(openContainer(RED));
  const deployed = RED.nodes.getNode(id) as unknown as ServerNode | null;
  const typed = Object.entries(credentials).filter(([, value]) => value !== unknownPassword);
  const isSame = (names: string[]) =>
    deployed !== null &&
    names.every((name) => (deployed.config[name as never] ?? '') === (config[name] ?? ''));
  if (deployed && typed.length === 0 && isSame(Object.keys(config)))
    return { gateway: deployed.gateway(), async close() {} };
  const kept = (RED.nodes.getCredentials(id) ?? {}) as Record<string, string>;
  if (Object.keys(kept).length > 0 && !isSame(addresses) && typed.length === 0)
    throw new CallError('the address changed: enter the secrets again, or deploy, to read the lists');
  // Secrets go only to the address that they were deployed with.
  const secrets = { ...(isSame(addresses) && kept), ...Object.fromEntries(typed) };
  if (type === 'arno-server') return closing(openServer(RED, config as never, secrets, () => {}));
  if (type === 'snap4city-authentication-clearml') return closing(openAccount(RED, config as never, secrets));
  throw new CallError(`${type} is no configuration of a server`);
}

const closing = (gateway: Gateway): Opened => ({ gateway, close: () => gateway.close() });
