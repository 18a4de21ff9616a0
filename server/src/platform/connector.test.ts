import type { lookup } from 'node:dns';
import type { Socket } from 'node:net';
import { Client, errors } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startUpstream, type Upstream } from '../../test/upstream.ts';
import { ForbiddenAddressError, guardedConnector } from './connector.ts';
import { Networks } from './networks.ts';

let server: Upstream;
beforeAll(async () => {
  server = await startUpstream((_request, response) => response.end('secret'));
});
afterAll(() => server.close());

/** A name server that answers its lists of addresses one after the other, then the last one again and again. */
function resolver(...answers: string[][]): typeof lookup {
  const resolve = (_name: string, _options: object, callback: (...args: unknown[]) => void) => {
    const addresses = answers.length > 1 ? answers.shift() : answers[0];
    const found = addresses?.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    callback(null, found);
  };
  return resolve as unknown as typeof lookup;
}

async function get(url: string, rules: Parameters<typeof guardedConnector>[0], resolve?: typeof lookup) {
  const client = new Client(new URL(url).origin, { connect: guardedConnector(rules, resolve) });
  try {
    const { body } = await client.request({ path: '/', method: 'GET' });
    return await body.text();
  } catch (error) {
    if (error instanceof ForbiddenAddressError) return 'forbidden';
    if (error instanceof errors.UndiciError) throw error;
    return (error as NodeJS.ErrnoException).code;
  } finally {
    await client.destroy();
  }
}

const loopback = [
  '127.0.0.1',
  'localhost',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '127.1',
  '[::ffff:127.0.0.1]',
];

test.each(loopback)('%s leads to this machine, and not to its own ports', async (host) => {
  const url = `http://${host}:${server.port}/`;
  expect(await get(url, { ownPorts: [] })).toBe('secret');
  expect(await get(url, { ownPorts: [server.port] })).toBe('forbidden');
});

test.each([
  'http://169.254.169.254/',
  'http://2852039166/',
  'http://0xa9.0xfe.0xa9.0xfe/',
  'http://0251.0376.0251.0376/',
  'http://[::ffff:169.254.169.254]/',
  'http://[::a9fe:a9fe]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[64:ff9b:1::7f00:1]/',
  'http://[2002:7f00:1::]/',
  'http://[2001:0:7f00:1::]/',
  'http://[fe80::1]/',
  'http://[fec0::1]/',
  'http://[fd00:ec2::254]/',
  'http://168.63.129.16/',
  'http://100.100.100.200/',
  'http://0.0.0.0/',
  'http://[::]/',
  'http://224.0.0.1/',
  'http://[ff02::1]/',
  'http://255.255.255.255/',
])('no connection to %s', async (url) => {
  expect(await get(url, { ownPorts: [] })).toBe('forbidden');
});

test.each([['169.254.169.254'], ['fe80::1%lo'], ['fd00:ec2::254'], ['8.8.8.8', '169.254.169.254']])(
  'a name that leads to %s is refused',
  async (...addresses) => {
    expect(await get('http://model.test/', { ownPorts: [] }, resolver(addresses))).toBe('forbidden');
  },
);

test('the address that was checked is the one that is connected to, whatever the name leads to a moment later', async () => {
  const connect = guardedConnector({ ownPorts: [] }, resolver(['127.0.0.1'], ['169.254.169.254']));
  const options = { hostname: 'model.test', protocol: 'http:', port: String(server.port) };
  const open = () =>
    new Promise<Socket>((resolve, reject) => {
      connect(options, (error, socket) => (error ? reject(error) : resolve(socket as Socket)));
    });
  const socket = await open();
  expect(socket.remoteAddress).toBe('127.0.0.1');
  socket.destroy();
  await expect(open()).rejects.toThrow(ForbiddenAddressError);
});

test('with allowed networks nothing else is reached, except the own runtime', async () => {
  const url = `http://127.0.0.1:${server.port}/`;
  const elsewhere = new Networks(['10.0.0.0/8']);
  expect(await get(url, { ownPorts: [], networks: elsewhere })).toBe('forbidden');
  expect(await get(url, { ownPorts: [], networks: new Networks(['127.0.0.0/8']) })).toBe('secret');
  expect(await get(url, { ownPorts: [], networks: elsewhere, runtimePort: server.port })).toBe('secret');
  expect(await get(url, { ownPorts: [server.port], networks: elsewhere })).toBe('forbidden');
});
