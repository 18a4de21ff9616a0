import { afterEach, beforeEach, expect, it } from 'vitest';
import { startUpstream, type Upstream } from '../../../../test/upstream.ts';
import { createLog } from '../../../platform/log.ts';
import { RemoteFiles } from './remote-files.ts';
import type { RemoteServer } from './remote-server.ts';

const task = 'a'.repeat(32);
const path = `/Project/name.${task}/artifacts/result/result.json`;
const big = path.replace('result.json', 'big.json');
const moved = path.replace('result.json', 'moved.json');

let host: Upstream;
let elsewhere: Upstream;
let tokens: string[];

/** Nothing but the token is asked of the API here. */
const server = {
  token: async () => tokens[0],
  ping: async () => {
    tokens.shift();
  },
} as unknown as RemoteServer;

beforeEach(async () => {
  tokens = ['good'];
  elsewhere = await startUpstream((_request, response) => response.end('stolen'));
  host = await startUpstream(({ path: asked }, response) => {
    const isKnown = host.requests.at(-1)?.headers.authorization === 'Bearer good';
    if (!isKnown) response.writeHead(401).end();
    else if (asked === moved) response.writeHead(302, { location: `${url(elsewhere)}/` }).end();
    else response.end(asked === big ? 'x'.repeat(5000) : '{"fine":true}');
  });
});
afterEach(async () => {
  await host.close();
  await elsewhere.close();
});

const url = ({ port }: Upstream) => `http://127.0.0.1:${port}`;
const filesOf = (address: string | undefined) =>
  new RemoteFiles(address, server, createLog('silent')).of(task);

it("reads a task's own file, with a token that is renewed when it has expired", async () => {
  tokens = ['expired', 'good'];
  const content = await filesOf(url(host)).read(url(host) + path, 1000);
  expect(content?.toString()).toBe('{"fine":true}');
});

it('reads nothing else: other hosts, other tasks, redirects, too much', async () => {
  const files = filesOf(url(host));
  const other = path.replace(task, 'b'.repeat(32));
  const wrong = [
    url(elsewhere) + path,
    `${url(host)}${other}`,
    `http://user:word@127.0.0.1:${host.port}${path}`,
    's3://bucket/key',
  ];
  for (const uri of wrong) expect(await files.read(uri, 1000)).toBeUndefined();
  expect([host.requests, elsewhere.requests]).toEqual([[], []]);

  for (const uri of [moved, big]) expect(await files.read(url(host) + uri, 1000)).toBeUndefined();
  expect(elsewhere.requests).toEqual([]);
  expect(await filesOf(undefined).read(url(host) + path, 1000)).toBeUndefined();
});

it('gives addresses as they are', () => {
  expect(filesOf(url(host)).link('s3://bucket/key')).toBe('s3://bucket/key');
});
