import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Arno } from './arno.ts';
import { clearml, type Data } from './clearml.ts';
import type { Session } from './console.ts';

/** A serving machine of a test: a web server on a free port of one of this machine's own addresses. */
export interface Machine {
  url: string;
  close(): Promise<void>;
}

/** @param tls with which it speaks HTTPS */
export async function startMachine(
  answer: RequestListener,
  host = '127.0.0.1',
  tls?: ServerOptions,
): Promise<Machine> {
  const server = tls ? createTlsServer(tls, answer) : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    url: `${tls ? 'https' : 'http'}://${host}:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Reads a request to its end and answers with JSON. */
export const answering =
  (body: object): RequestListener =>
  (request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    });
  };

/** Registers a serving machine and its endpoint `predict` under an alias; answers the endpoint's mapping. */
export async function publishModel(
  arno: Arno,
  session: Session,
  { url, alias, ...rights }: { url: string; alias: string; [field: string]: unknown },
): Promise<Data> {
  const { id } = await clearml(arno, 'tasks.create', { name: `serving of ${alias}`, type: 'inference' });
  await session.send('POST', 'machine-mappings', { serving_task_id: id, base_url: url });
  // Long enough for a machine that is busy with other tests.
  const patience = { deadline_ms: 280_000 };
  const mapping = { serving_task_id: id, endpoint: 'predict', alias, ...patience, ...rights };
  return session.send('POST', 'endpoint-mappings', mapping);
}

/** Registers a new template task under an alias; answers its mapping. */
export async function publishTask(
  arno: Arno,
  session: Session,
  { alias, ...rest }: { alias: string; [field: string]: unknown },
): Promise<Data> {
  const { id } = await clearml(arno, 'tasks.create', { name: alias, type: 'inference' });
  return session.send('POST', 'task-mappings', { task_id: id, alias, default_queue: 'default', ...rest });
}
