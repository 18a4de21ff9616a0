import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { generate } from 'selfsigned';
import { buildConnector } from 'undici';
import { expect, test } from 'vitest';
import type { Connector } from '../../platform/connector.ts';
import { Connections } from './connections.ts';

/** A machine that speaks TLS, in a thread of its own: it answers while this one does nothing. */
const machine = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:https').createServer(workerData, (request, response) => request.pipe(response));
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;

async function startMachine() {
  const name = [{ name: 'commonName', value: 'localhost' }];
  const { private: key, cert } = await generate(name, { keyType: 'ec', algorithm: 'sha256' });
  const workerData = { key, cert, keepAliveTimeout: 60_000 };
  const worker = new Worker(machine, { eval: true, workerData });
  const [port] = await once(worker, 'message');
  return { url: new URL(`https://127.0.0.1:${port}`), stop: () => worker.terminate() };
}

/** Nothing goes on in this thread meanwhile. */
const sleep = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test('a connection is kept though an answer is there before TLS has told that the request was sent', async () => {
  const { url, stop } = await startMachine();
  let opened = 0;
  const connect: Connector = ({ onread, ...target }, callback) => {
    opened++;
    buildConnector({ rejectUnauthorized: false, ...(onread && { onread }) })(target, callback);
  };
  const connections = new Connections(url, { connect, wanted: new Set(), idleMs: 60_000 });
  for (const body of ['one', 'two', 'three']) {
    const answer: Buffer[] = [];
    await new Promise<void>((resolve, reject) => {
      const onData = (chunk: Buffer) => void answer.push(chunk);
      const requester = { onStart() {}, onHead() {}, onData, onEnd: resolve, onError: reject };
      connections.send({ path: '/', headers: {}, body: Buffer.from(body) }, requester);
      // In the turn of the event loop in which the request goes out, behind it.
      setImmediate(() => sleep(100));
    });
    expect(Buffer.concat(answer).toString()).toBe(body);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(opened).toBe(1);
  await connections.destroy();
  await stop();
});
