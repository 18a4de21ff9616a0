import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { generate } from 'selfsigned';
import { test as base, expect } from 'vitest';
import { type Arno, createHome, removeHome, startArno } from '../lib/arno.ts';
import { logIn } from '../lib/console.ts';
import { sendBytes } from '../lib/gateway.ts';
import { publishModel, startMachine } from '../lib/publish.ts';

// Serving machines behind TLS, with certificates of the lab's own authority: Node.js is told of it as docs/gateway.md says.

interface Lab {
  arno: Arno;
  /** What the next requests are answered with. */
  answer: (listener: RequestListener) => void;
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
      let listener: RequestListener = () => {};
      const trusted = await startMachine((...call) => listener(...call), '127.0.0.1', {
        ...known,
        keepAliveTimeout: 60_000,
      });
      const stranger = await startMachine(() => {}, '127.0.0.1', await certificate());
      await publishModel(arno, session, { url: trusted.url, alias: 'trusted' });
      await publishModel(arno, session, { url: stranger.url, alias: 'stranger' });
      const answer = (next: RequestListener) => {
        listener = next;
      };
      await use({ arno, answer });
      await Promise.all([trusted.close(), stranger.close()]);
      await arno.stop();
      await removeHome(home);
    },
    { scope: 'file' },
  ],
});

async function certificate() {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'machine' }], {
    ...{ keyType: 'ec', algorithm: 'sha256' },
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  return { key, cert };
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('calls that come one after the other go over one connection', async ({ lab }) => {
  const sockets = new Set<Socket>();
  lab.answer((request, response) => {
    sockets.add(request.socket);
    request.pipe(response);
  });
  for (const text of ['one', 'two', 'three'])
    expect(await (await sendBytes(lab.arno, 'trusted', text)).text()).toBe(text);
  expect(sockets.size).toBe(1);
});

test('large bodies arrive whole in both directions', async ({ lab }) => {
  const body = randomBytes(20 * 1024 * 1024);
  lab.answer((request, response) => void request.pipe(response));
  const answer = await sendBytes(lab.arno, 'trusted', Readable.toWeb(Readable.from(parts(body))) as BodyInit);
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
  expect((await sendBytes(lab.arno, 'trusted')).status).toBe(502);

  const carried = new WeakSet<Socket>();
  lab.answer(({ socket }, response) => {
    if (carried.has(socket)) socket.destroy();
    else response.end('{}');
    carried.add(socket);
  });
  const statuses: number[] = [];
  for (let n = 0; n < 4; n++) statuses.push((await sendBytes(lab.arno, 'trusted')).status);
  expect(statuses).toEqual([200, 200, 200, 200]);
});

test('a certificate of somebody else is not accepted', async ({ lab }) => {
  const answer = await sendBytes(lab.arno, 'stranger');
  expect([answer.status, (await answer.json()).error.code]).toEqual([503, 'machine_unavailable']);
});
