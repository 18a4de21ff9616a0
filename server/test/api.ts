import Fastify from 'fastify';
import { Contracts } from '../src/clearml/contracts.ts';
import { clearmlApi } from '../src/clearml/router.ts';
import { clearmlEndpoints } from '../src/endpoints.ts';
import { queueChannel } from '../src/features/queues/index.ts';
import { ensureInstallation, type Installation } from '../src/installation.ts';
import type { Database } from '../src/platform/database.ts';
import { createLog } from '../src/platform/log.ts';
import { Notifications } from '../src/platform/notifications.ts';
import { noteAnswered } from './answered.ts';
import { createTestDatabase } from './database.ts';

export interface Answer {
  /** HTTP status and subcode, such as `200/0` or `400/101`. */
  code: string;
  message: string;
  /** What the endpoint answered: an object, or the text of a file. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are checked against the wire's schema, tests read single fields.
  data: any;
}

export interface TestApi {
  database: Database & { url: string };
  installation: Installation;
  /**
   * Calls an endpoint as the administrator; `path` may carry a version: `v2.5/tasks.get_by_id`. A list is sent as JSON lines, a text
   * as it is.
   */
  call(path: string, request?: object | string, headers?: Record<string, string>): Promise<Answer>;
  /** The same, and expects success. */
  ok(path: string, request?: object): Promise<Answer['data']>;
  /** Opens a port of its own, for what has to be seen over real connections; answers its address and the administrator's token. */
  listen(): Promise<{ url: string; token: string }>;
  close(): Promise<void>;
}

function payloadOf(request: object | string): string {
  if (typeof request === 'string') return request;
  return [request]
    .flat()
    .map((item) => JSON.stringify(item))
    .join('\n');
}

/** The ClearML API on a database of its own. An answer that does not fit the wire's schema fails the call. */
export async function createTestApi(): Promise<TestApi> {
  const database = await createTestDatabase();
  const log = createLog('warn');
  const installation = await ensureInstallation(database.db);
  const { auth, admin } = installation;
  const queued = new Notifications(database.pool, queueChannel, log);
  await queued.start();
  const app = Fastify();
  await app.register(
    clearmlApi({
      db: database.db,
      log,
      contracts: new Contracts(),
      endpoints: clearmlEndpoints({
        auth,
        queued,
        installationId: installation.id,
        leases: { workerTimeout: 60, taskTimeout: 7200 },
      }),
      authenticate: (authorization, request) => auth.authenticate(authorization, request),
      onAnswer: (contract, answer) => {
        const fault = contract.answerFault(answer);
        if (fault) throw new Error(`${contract.name} answers what the protocol does not allow: ${fault}`);
        noteAnswered(contract.name);
      },
    }),
  );
  const { token } = await auth.openSession(admin);

  const call: TestApi['call'] = async (path, request = {}, headers = {}) => {
    const response = await app.inject({
      method: 'POST',
      url: `/${path}`,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      payload: payloadOf(request),
    });
    if (!String(response.headers['content-type']).startsWith('application/json')) {
      return { code: `${response.statusCode}/0`, message: '', data: response.body };
    }
    const { meta, data } = response.json();
    return { code: `${response.statusCode}/${meta.result_subcode}`, message: meta.result_msg, data };
  };
  return {
    database,
    installation,
    call,
    async ok(path, request) {
      const { code, message, data } = await call(path, request);
      if (code !== '200/0') throw new Error(`${path}: ${code} ${message}`);
      return data;
    },
    async listen() {
      return { url: await app.listen({ host: '127.0.0.1', port: 0 }), token };
    },
    async close() {
      await app.close();
      queued.close();
      await database.close();
    },
  };
}
