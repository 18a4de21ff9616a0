import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FetchLimits, fetchUrl } from './fetch.ts';

let server: Server;
let base: string;
let port: number;
let visited: string[];

const routes: Record<string, RequestListener> = {
  '/file': (_request, response) => response.end('bytes'),
  '/gone': (_request, response) => response.writeHead(410).end(),
  '/hop1': (_request, response) => response.writeHead(302, { location: '/hop2' }).end(),
  '/hop2': (_request, response) => response.writeHead(307, { location: '/hop3' }).end(),
  '/hop3': (_request, response) => response.writeHead(301, { location: '/file' }).end(),
  '/loop': (_request, response) => response.writeHead(302, { location: '/loop' }).end(),
  '/to': (request, response) => {
    const location = new URL(request.url ?? '', base).searchParams.get('url') ?? '';
    response.writeHead(302, { location }).end();
  },
  '/silent': () => undefined,
  '/trickle': (_request, response) => {
    const timer = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(timer));
  },
  '/endless': (_request, response) => {
    const more = () => {
      while (response.write('x'.repeat(500)));
    };
    response.on('drain', more);
    more();
  },
};

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = new URL(request.url ?? '', 'http://here').pathname;
    visited.push(path);
    routes[path]?.(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  base = `http://127.0.0.1:${port}`;
});

beforeEach(() => {
  visited = [];
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const strict: FetchLimits = { networks: [], timeoutMs: 60_000, maxBytes: 1000 };
/** The test's own server counts as allowed; everything else is as in production. */
const allowed: FetchLimits = { ...strict, networks: ['127.0.0.1/32'] };
const fetched = async (url: string, limits = allowed) => String(await fetchUrl(url, limits, 'url'));

describe('an address that is not public', () => {
  const hosts = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '0.0.0.0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '[fe80::1]',
    '[fd00::1]',
    '[ff02::1]',
    '224.0.0.1',
    '255.255.255.255',
    'localhost',
    '%6cocalhost',
    '１２７.0.0.1',
  ];

  it.each(hosts)('is refused before any connection: %s', async (host) => {
    await expect(fetched(`http://${host}:${port}/file`, strict)).rejects.toMatchObject({
      code: 'url_refused',
    });
    expect(visited).toEqual([]);
  });

  it.each(hosts.filter((host) => !/^(127|2130|0x7|0177|１)|ocalhost|ffff/.test(host)))(
    'is refused as the target of a redirect: %s',
    async (host) => {
      const target = encodeURIComponent(`http://${host}:${port}/file`);
      await expect(fetched(`${base}/to?url=${target}`)).rejects.toMatchObject({ code: 'url_refused' });
      expect(visited).toEqual(['/to']);
    },
  );

  it('is fetched from when its network is allowed', async () => {
    expect(await fetched(`${base}/file`)).toBe('bytes');
    const both = { ...strict, networks: ['127.0.0.0/8', '::1/128'] };
    expect(await fetched(`http://localhost:${port}/file`, both)).toBe('bytes');
    expect(await fetched(`http://[::ffff:127.0.0.1]:${port}/file`)).toBe('bytes');
  });
});

describe('a URL', () => {
  it.each([
    ['five.png', 'is not a complete URL'],
    ['ftp://example.com/five.png', 'must begin with http'],
    ['file:///etc/passwd', 'must begin with http'],
    ['data:image/png;base64,AAAA', 'must begin with http'],
    ['http://user:secret@example.com/five.png', 'must not contain a user name'],
  ])('is refused: %s', async (url, why) => {
    await expect(fetched(url)).rejects.toMatchObject({
      code: 'url_refused',
      message: expect.stringContaining(why),
    });
  });

  it('may redirect three times, each hop checked', async () => {
    expect(await fetched(`${base}/hop1`)).toBe('bytes');
    await expect(fetched(`${base}/loop`)).rejects.toMatchObject({ code: 'url_failed' });
    expect(visited.filter((path) => path === '/loop')).toHaveLength(4);
    await expect(fetched(`${base}/to?url=file:///etc/passwd`)).rejects.toMatchObject({ code: 'url_refused' });
  });

  it.each(['/silent', '/trickle'])('that takes too long is given up: %s', async (path) => {
    const hasty = { ...allowed, timeoutMs: 200 };
    const message = expect.stringContaining('within 200 ms');
    await expect(fetched(base + path, hasty)).rejects.toMatchObject({ code: 'url_failed', message });
  });

  it('that never ends is cut at the limit', async () => {
    await expect(fetched(`${base}/endless`)).rejects.toMatchObject({ code: 'too_large', status: 413 });
  });

  it('that answers with an error, or not at all, is told without inner addresses', async () => {
    await expect(fetched(`${base}/gone`)).rejects.toMatchObject({
      message: 'url answered with HTTP status 410.',
    });
    const message = 'url cannot be fetched: ECONNREFUSED.';
    await expect(fetched('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'url_failed', message });
    await expect(fetched('http://nowhere.invalid/')).rejects.toMatchObject({ code: 'url_failed' });
  });
});
