import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { generate } from 'selfsigned';
import { test as base, expect } from 'vitest';
import { type Arno, createHome, removeHome, startArno } from '../lib/arno.ts';
import { logIn, type Session } from '../lib/console.ts';
import { bearer } from '../lib/gateway.ts';
import { publishModel } from '../lib/publish.ts';

// Serving machines behind TLS, with certificates of the lab's own authority: Node.js is told of it as docs/gateway.md says.

interface Lab {
  arno: Arno;
  /** What the next requests are answered with. */
  answer: (listener: (request: IncomingMessage, response: ServerResponse) => void) => void;
}

const test = base.extend<{ lab: Lab }>({
  lab: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it which other fixtures are needed
    async ({}, use) => {
      const home = await createHome();
      const known = await certificate();
      const authorities = join(home.folder, 'authorities.pem');
      await writeFile(authorities, known.cert);
      const env = { NODE_EXTRA_CA_CERTS: authorities };
      const arno = await startArno({ label: 'tls', home, env });
      const session = await logIn(arno);
      const trusted = await startMachine(known);
      const stranger = await startMachine(await certificate());
      await publish(arno, session, 'trusted', trusted.port);
      await publish(arno, session, 'stranger', stranger.port);
      await use({ arno, answer: trusted.answer });
      await Promise.all([trusted.close(), stranger.close()]);
      await arno.stop();
      await removeHome(home);
    },
    { scope: 'file' },
  ],
});

const certificate = () =>
  generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', algorithm: 'sha256' });

async function startMachine({ private: key, cert }: { private: string; cert: string }) {
  let listener: (request: IncomingMessage, response: ServerResponse) => void = () => {};
  const server: Server = createServer({ key, cert }, (request, response) => listener(request, response));
  const machine = {
    port: 0,
    answer: (next: typeof listener) => {
      listener = next;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  machine.port = (server.address() as AddressInfo).port;
  return machine;
}

const publish = (arno: Arno, session: Session, alias: string, port: number) =>
  publishModel(arno, session, { url: `https://localhost:${port}`, alias });

const call = ({ arno }: Lab, alias: string, body: BodyInit = '{}') =>
  fetch(`${arno.web}/gateway/v1/models/${alias}/calls`, {
    method: 'POST',
    headers: { ...bearer(arno), 'content-type': 'application/octet-stream' },
    body,
    duplex: 'half',
  } as RequestInit);

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('calls that come one after the other go over one connection', async ({ lab }) => {
  const sockets = new Set<Socket>();
  lab.answer((request, response) => {
    sockets.add(request.socket);
    request.pipe(response);
  });
  for (const text of ['one', 'two', 'three'])
    expect(await (await call(lab, 'trusted', text)).text()).toBe(text);
  expect(sockets.size).toBe(1);
});

test('large bodies arrive whole in both directions', async ({ lab }) => {
  const body = randomBytes(20 * 1024 * 1024);
  lab.answer((request, response) => void request.pipe(response));
  const answer = await call(lab, 'trusted', Readable.toWeb(Readable.from(parts(body))) as BodyInit);
  expect(hash(new Uint8Array(await answer.arrayBuffer()))).toBe(hash(body));
});

function* parts(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
}

test('a machine that just closes its connection breaks an answer off, and is asked again when it had kept it', async ({
  lab,
}) => {
  lab.answer((request, response) => {
    response.writeHead(200, { 'content-length': 10 }).write('begin');
    request.resume().on('end', () => setTimeout(() => request.socket.destroy(), 10));
  });
  expect((await call(lab, 'trusted')).status).toBe(502);

  const carried = new WeakSet<Socket>();
  lab.answer(({ socket }, response) => {
    if (carried.has(socket)) socket.destroy();
    else response.end('{}');
    carried.add(socket);
  });
  const statuses: number[] = [];
  for (let n = 0; n < 4; n++) statuses.push((await call(lab, 'trusted')).status);
  expect(statuses).toEqual([200, 200, 200, 200]);
});

test('a certificate of somebody else is not accepted', async ({ lab }) => {
  const answer = await call(lab, 'stranger');
  expect([answer.status, (await answer.json()).error.code]).toEqual([503, 'machine_unavailable']);
});
