import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Scope } from '../src/clearml/endpoint.ts';
import { Call, type RemoteServerOptions, RemoteTasks, type TaskOrder } from '../src/gateway/index.ts';
import { ensureInstallation } from '../src/installation.ts';
import { createLog } from '../src/platform/log.ts';
import { Presence } from '../src/platform/presence.ts';
import { createTestApi } from './api.ts';
import { createTestDatabase } from './database.ts';

/** What goes wrong with a request: nobody answers though it is done, it is not sent on, the server fails or knows us no more. */
export type Fault = 'answer lost' | 'request lost' | 'error 500' | 'token expired';

/** A second Arno that plays the ClearML server, behind a wire that can fail. */
export async function createRemote() {
  const api = await createTestApi();
  const { url } = await api.listen();
  const { auth, admin } = api.installation;
  const { accessKey, secretKey } = await auth.createKeyPair(admin.userId, 'tests');
  const faults = new Map<string, Fault>();
  const asked: string[] = [];
  const held = new Map<string, Promise<void>>();
  // What is sent on a kept connection is not lost, however long nothing was sent.
  const wire = createServer({ keepAliveTimeout: 600_000 }, async (request, response) => {
    const name = request.url?.slice(1) ?? '';
    asked.push(name);
    await (held.get('*') ?? held.get(name));
    forward(url, request, response, faults).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => wire.listen(0, '127.0.0.1', resolve));
  const { port } = wire.address() as AddressInfo;
  return {
    api,
    options: { api: `http://127.0.0.1:${port}`, accessKey, secretKey, timeoutMs: 60_000 },
    /** Endpoint -> what goes wrong with its next request. */
    faults,
    /** Names of the endpoints that were asked for. */
    asked,
    /** Holds requests for an endpoint, or for `*`, until the answered function is called. */
    hold(endpoint: string): () => void {
      let release = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      held.set(endpoint, released);
      return () => {
        held.delete(endpoint);
        release();
      };
    },
    async close() {
      wire.closeAllConnections();
      wire.close();
      await api.close();
    },
  };
}

async function forward(
  url: string,
  request: IncomingMessage,
  response: ServerResponse,
  faults: Map<string, Fault>,
): Promise<void> {
  const name = request.url?.slice(1) ?? '';
  const fault = faults.get(name);
  faults.delete(name);
  const body = await buffer(request);
  if (fault === 'request lost') return void response.destroy();
  if (fault === 'token expired') {
    const meta = { result_code: 401, result_subcode: 1, result_msg: 'Unauthorized' };
    return void response.writeHead(401).end(JSON.stringify({ meta, data: {} }));
  }
  if (fault === 'error 500') return void response.writeHead(500).end('out of order');
  const { authorization = '', 'content-type': type = 'application/json' } = request.headers;
  const headers = { authorization, 'content-type': type };
  const answer = await fetch(url + request.url, { method: 'POST', headers, body });
  const text = await answer.text();
  if (fault === 'answer lost') return void response.destroy();
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
}

type Remote = Awaited<ReturnType<typeof createRemote>>;

/** A gateway's database and the backend that keeps its tasks on the remote. */
export async function createRemoteTasks(
  remote: Remote,
  { files, ...timing }: { files?: string } & Pick<RemoteServerOptions, 'timeoutMs' | 'circuit'> = {},
) {
  const database = await createTestDatabase();
  const { db, pool } = database;
  const { admin } = await ensureInstallation(db);
  const log = createLog('silent');
  const presence = new Presence(pool, log);
  await presence.start();
  const everyMs = { busy: 1, quiet: 1, away: 1 };
  const options = { ...remote.options, ...timing, files, db, log, everyMs };
  const tasks = new RemoteTasks({ ...options, server: presence.number });
  const scope = (): Scope & { db: typeof db } => ({ db, caller: admin, now: new Date() });
  const calls: string[] = [];
  const call = (id: string) =>
    db.selectFrom('calls').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  return {
    ...{ database, tasks, scope, call, presence },
    /** Ids of the calls that were made, the last one at the end. */
    calls,
    /** Another server on the same database, for which the remote's time to answer is long over. */
    other: () => new RemoteTasks({ ...options, server: presence.number, settleMs: 0 }),
    /** Orders a clone as an enqueue call does, and answers the id of the call. */
    async enqueue(order: Partial<TaskOrder> & Pick<TaskOrder, 'template'>): Promise<string> {
      const made = new Call('enqueue', 0);
      calls.push(made.id);
      made.madeBy(admin);
      const whole = { ...defaults, callId: made.id, ...order };
      await tasks.enqueue(scope(), whole, (task) => {
        made.learn({ queue: task.queue, clone_name: task.name });
        made.accepted(202, 2);
        return { rows: { call: made.record({ bodyChars: 0, server: presence.number }) }, answer: undefined };
      });
      return made.id;
    },
    async close() {
      presence.close();
      tasks.close();
      await database.close();
    },
  };
}

const defaults: Omit<TaskOrder, 'callId' | 'template'> = {
  queue: 'default',
  params: {},
  image: undefined,
  isUrgent: false,
  project: undefined,
  tags: [],
  comment: 'called in a test',
};
