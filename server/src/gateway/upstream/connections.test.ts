import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { guardedConnector } from '../../platform/connector.ts';
import { ClosedError, type Control, KeptClosedError, type Request, type Requester } from './connection.ts';
import { Connections } from './connections.ts';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A machine with the number of connections that it has had and has. */
async function startMachine(server: Server | ReturnType<typeof createSocketServer>) {
  const counts = { opened: 0, open: 0 };
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    counts.opened++;
    counts.open++;
    sockets.add(socket);
    socket.on('close', () => {
      counts.open--;
      sockets.delete(socket);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((done) => server.close(done));
  });
  const { port } = server.address() as AddressInfo;
  return { counts, url: new URL(`http://127.0.0.1:${port}`) };
}

/** It says itself that it keeps connections for longer than any test takes. */
const startHttp = (listener: RequestListener) =>
  startMachine(createServer({ keepAliveTimeout: 600_000 }, listener));

const connect = guardedConnector({ ownPorts: [] });

function connectionsTo(url: URL, idleMs = 60_000): Connections {
  const connections = new Connections(url, { connect, wanted: new Set(), idleMs });
  ends.push(() => connections.destroy());
  return connections;
}

const post = (body: Request['body'] = Buffer.from('{}'), headers: Request['headers'] = {}): Request => ({
  path: '/serve/model',
  headers: { 'content-type': 'application/json', ...headers },
  body,
});

/** Turns of the event loop, after which a connection is used again. */
async function turns(count: number): Promise<void> {
  for (let n = 0; n <= count; n++) await new Promise((resolve) => setImmediate(resolve));
}

/** Who sends a request: what it was told, and a promise of the end. */
function requester(onStart: (control: Control, by: Requester) => void = () => {}) {
  const told = { status: 0, body: '', ends: 0 };
  let resolve = () => {};
  let reject = (_error: unknown) => {};
  const end = new Promise<void>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  end.catch(() => {});
  const handler: Requester = {
    onStart: (control) => onStart(control, handler),
    onHead: (status) => {
      told.status = status;
    },
    onData: (chunk) => {
      told.body += chunk;
    },
    onEnd: () => {
      told.ends++;
      resolve();
    },
    onError: (error) => {
      told.ends++;
      reject(error);
    },
  };
  return { told, handler, end };
}

async function send(connections: Connections, request = post()) {
  const { told, handler, end } = requester();
  connections.send(request, handler);
  await end;
  return told;
}

test('one request after the other goes over one connection, those at a time over several', async () => {
  const paths: unknown[] = [];
  const { url, counts } = await startHttp(async (request, response) => {
    const { method, url: path, headers } = request;
    paths.push([method, path, headers.host, headers['content-length']]);
    response.end(await text(request));
  });
  const connections = connectionsTo(url);
  for (let n = 0; n < 3; n++) {
    expect(await send(connections)).toEqual({ status: 200, body: '{}', ends: 1 });
    await turns(2);
  }
  expect(counts.opened).toBe(1);
  expect(paths[0]).toEqual(['POST', '/serve/model', url.host, '2']);
  await Promise.all(Array.from({ length: 5 }, () => send(connections)));
  expect(counts.opened).toBe(5);
});

test('what was read stays as it was while other answers are read, in whatever parts they come', async () => {
  const { url } = await startMachine(
    createSocketServer((socket) => {
      socket.once('data', async (request: Buffer) => {
        const letter = /letter: (.)/.exec(request.toString())?.[1] ?? '';
        const answer = `HTTP/1.1 200 OK\r\nname: ${letter}\r\ncontent-length: 3000\r\n\r\n${letter.repeat(3000)}`;
        for (let at = 0; at < answer.length; at += 17) {
          socket.write(answer.slice(at, at + 17));
          await turns(0);
        }
      });
    }),
  );
  const connections = connectionsTo(url);
  const answers = ['a', 'b', 'c', 'd'].map(async (letter) => {
    const { handler, end } = requester();
    const parts: Buffer[] = [];
    connections.send(post(undefined, { letter }), { ...handler, onData: (part) => void parts.push(part) });
    await end;
    return Buffer.concat(parts).toString() === letter.repeat(3000);
  });
  expect(await Promise.all(answers)).toEqual([true, true, true, true]);
});

test('a connection that was idle for too long, or that the machine closed, is not used again', async () => {
  const { url, counts } = await startHttp((request, response) => {
    request.resume();
    // Without it, Node.js says how long it keeps the connection.
    response.sendDate = false;
    response.shouldKeepAlive = true;
    response.writeHead(200, { 'content-length': 0, connection: 'keep-alive', 'keep-alive': 'max=100' }).end();
  });
  const connections = connectionsTo(url, 50);
  await send(connections);
  expect(counts.opened).toBe(1);
  // Nobody asks for it: it is closed all the same.
  await expect.poll(() => counts.open).toBe(0);
  await send(connections);
  expect(counts.opened).toBe(2);

  const closing = await startMachine(
    createSocketServer((socket) => {
      socket.on('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
        setTimeout(() => socket.end(), 10);
      });
    }),
  );
  const others = connectionsTo(closing.url);
  await send(others);
  await expect.poll(() => closing.counts.open).toBe(0);
  await send(others);
  expect(closing.counts.opened).toBe(2);
});

test('a stream is sent as it is read, announced or in chunks, and no faster than the machine takes it', async () => {
  let taken: IncomingMessage | undefined;
  const { url } = await startHttp(async (request, response) => {
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
    if (length === undefined) taken = request;
    else response.end(`${length} ${coding} ${(await text(request)).length}`);
    if (length === undefined) request.once('end', () => response.end('all'));
  });
  const connections = connectionsTo(url);
  const parts = () => Readable.from([Buffer.from('ab'), Buffer.from('cde')]);
  expect((await send(connections, post(parts(), { 'content-length': '5' }))).body).toBe('5 undefined 5');

  let given = 0;
  const endless = new Readable({
    read() {
      given += 65_536;
      this.push(given > 200_000_000 ? null : Buffer.alloc(65_536));
    },
  });
  const { told, handler, end } = requester();
  connections.send(post(endless), handler);
  await expect.poll(() => taken).toBeDefined();
  // What the system takes for a machine that reads nothing, and no more.
  let before = -1;
  await expect
    .poll(() => {
      const isStill = given === before && given > 0;
      before = given;
      return isStill;
    })
    .toBe(true);
  expect(given).toBeLessThan(100_000_000);
  taken?.resume();
  await end;
  expect([told.body, given > 200_000_000]).toEqual(['all', true]);
});

test('an answer before all of a stream was sent counts, and the connection is closed', async () => {
  const { url, counts } = await startHttp((request, response) => {
    request.once('data', () => response.writeHead(415, { 'content-length': 2 }).end('no'));
  });
  const connections = connectionsTo(url);
  const endless = new Readable({ read() {} });
  endless.push('a beginning');
  expect(await send(connections, post(endless))).toEqual({ status: 415, body: 'no', ends: 1 });
  expect(endless.destroyed).toBe(true);
  await expect.poll(() => counts.open).toBe(0);
});

test('a stream that fails ends its request', async () => {
  const { url, counts } = await startHttp(() => {});
  const connections = connectionsTo(url);
  const failing = new Readable({ read() {} });
  failing.push('a beginning');
  const { handler, end } = requester(() => setTimeout(() => failing.destroy(new Error('gone')), 20));
  connections.send(post(failing), handler);
  await expect(end).rejects.toThrow('gone');
  await expect.poll(() => counts.open).toBe(0);
});

test('whoever aborts is told once, with the reason, and the connection is closed', async () => {
  const { url, counts } = await startHttp((_request, response) => void response.write('some'));
  const connections = connectionsTo(url);
  for (const when of ['at once', 'later'] as const) {
    const { told, handler, end } = requester((control, by) => {
      const abort = () => control.abort(by, new Error('enough'));
      if (when === 'at once') abort();
      else setTimeout(abort, 50);
    });
    connections.send(post(), handler);
    await expect(end).rejects.toThrow('enough');
    await expect.poll(() => counts.open).toBe(0);
    expect(told.ends).toBe(1);
  }
});

test.each<[string, (socket: Socket) => void, object]>([
  ['closes without an answer', (socket) => socket.end(), { code: 'CONNECTION_CLOSED' }],
  [
    'breaks off in an answer',
    (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab'),
    { code: 'CONNECTION_CLOSED' },
  ],
  [
    'resets the connection',
    (socket) => socket.resetAndDestroy(),
    { code: 'CONNECTION_CLOSED', message: expect.stringContaining('ECONNRESET') },
  ],
  ['talks nonsense', (socket) => socket.write('what?\r\n\r\n'), { code: 'BAD_HTTP' }],
])('a machine that %s', async (_name, answer, error) => {
  const { url, counts } = await startMachine(
    createSocketServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => answer(socket));
    }),
  );
  const { told, handler, end } = requester();
  connectionsTo(url).send(post(), handler);
  await expect(end).rejects.toMatchObject(error);
  await expect.poll(() => counts.open).toBe(0);
  expect(told.ends).toBe(1);
});

test('nothing that is sent can end its line', async () => {
  const { url } = await startHttp((_request, response) => void response.end());
  const connections = connectionsTo(url);
  for (const request of [
    { ...post(), path: '/a b' },
    { ...post(), path: '/a\r\nx: 1' },
    post(undefined, { accept: 'a\r\nx: 1' }),
    post(undefined, { accept: 'a\0' }),
  ]) {
    const { handler, end } = requester();
    connections.send(request, handler);
    await expect(end).rejects.toThrow(/a character that no/);
  }
  expect((await send(connections)).status).toBe(200);
});

test('whose answer has ended has no say over the next one on its connection', async () => {
  const { url, counts } = await startHttp(
    (_request, response) => void setTimeout(() => response.end('{}'), 20),
  );
  const connections = connectionsTo(url);
  let stale: Control | undefined;
  const first = requester((control) => {
    stale = control;
  });
  connections.send(post(), first.handler);
  await first.end;
  await turns(2);
  const second = requester(() => stale?.abort(first.handler, new Error('too late')));
  connections.send(post(), second.handler);
  await second.end;
  expect([second.told.body, counts.opened]).toEqual(['{}', 1]);
});

test('a request that nobody wants any more is not sent and costs no connection', async () => {
  const { url, counts } = await startHttp((_request, response) => void response.end('{}'));
  const connections = connectionsTo(url);
  for (const opened of [1, 1]) {
    const { handler, end } = requester();
    let unwanted: unknown;
    const leaving: Requester = Object.defineProperty({ ...handler }, 'unwanted', { get: () => unwanted });
    connections.send(post(), leaving);
    // Before it goes out, or while its connection is opened.
    if (counts.opened > 0) unwanted = new Error('gone');
    else setImmediate(() => (unwanted = new Error('gone')));
    await expect(end).rejects.toThrow('gone');
    await expect.poll(() => [counts.opened, counts.open]).toEqual([opened, opened]);
  }
  await turns(2);
  await send(connections);
  expect(counts.opened).toBe(1);
});

test('a machine that closes right after its answer costs no other request', async () => {
  const { url } = await startMachine(
    createSocketServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'));
    }),
  );
  const connections = connectionsTo(url);
  for (let n = 0; n < 100; n++) expect((await send(connections)).body).toBe('{}');
});

test('a kept connection that is closed before an answer is told apart from others', async () => {
  let close: (socket: Socket) => unknown = (socket) => socket.end();
  const { url, counts } = await startMachine(
    createSocketServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
        socket.once('data', () => close(socket));
      });
    }),
  );
  const connections = connectionsTo(url);
  const secondRequest = async (request = post()) => {
    await send(connections);
    await turns(2);
    return send(connections, request).catch((error: unknown) => error);
  };
  expect(await secondRequest()).toBeInstanceOf(KeptClosedError);
  close = (socket) => socket.resetAndDestroy();
  expect(await secondRequest()).toBeInstanceOf(KeptClosedError);
  close = (socket) => socket.end('HTTP/1.1 200 OK\r\n');
  const half = await secondRequest();
  expect([half instanceof ClosedError, half instanceof KeptClosedError]).toEqual([true, false]);

  expect(counts.opened).toBe(3);
  expect(await secondRequest({ ...post(), isWary: true })).toMatchObject({ status: 200 });
  expect(counts.opened).toBe(5);

  const closing = await startMachine(
    createSocketServer((socket) => {
      socket.once('data', () => socket.destroy());
    }),
  );
  const first = await send(connectionsTo(closing.url)).catch((error: unknown) => error);
  expect([first instanceof ClosedError, first instanceof KeptClosedError]).toEqual([true, false]);
});

test('a machine that answers before it has taken a whole body gets no other request behind it', async () => {
  let bodies = 0;
  const { url } = await startMachine(
    createSocketServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        const isFirst = bodies++ === 0;
        socket.write('HTTP/1.1 413 No\r\ncontent-length: 0\r\n\r\n');
        if (isFirst) socket.pause();
      });
    }),
  );
  const connections = connectionsTo(url);
  expect((await send(connections, post(Buffer.alloc(16 * 1024 * 1024)))).status).toBe(413);
  await turns(2);
  expect((await send(connections)).status).toBe(413);
});

test('a stream that is gone fails its request at once', async () => {
  const { url } = await startHttp(() => {});
  const connections = connectionsTo(url);
  const left = new Readable({ read() {} }).on('error', () => {}).destroy(new Error('the caller left'));
  for (const [body, words] of [
    [new Readable({ read() {} }).destroy(), /no longer there/],
    [left, /the caller left/],
  ] as const) {
    const { handler, end } = requester();
    connections.send(post(body), handler);
    await expect(end).rejects.toThrow(words);
  }
});

test('closing lets requests end, destroying does not, and nothing stays open', async () => {
  const waiting: (() => void)[] = [];
  const { url, counts } = await startHttp(
    (_request, response) => void waiting.push(() => response.end('late')),
  );
  const closing = connectionsTo(url);
  const patient = requester();
  closing.send(post(), patient.handler);
  await expect.poll(() => waiting.length).toBe(1);
  const closed = closing.close();
  waiting[0]?.();
  await patient.end;
  await closed;
  expect(patient.told.body).toBe('late');
  await expect.poll(() => counts.open).toBe(0);

  const destroyed = connectionsTo(url);
  const cut = requester();
  destroyed.send(post(), cut.handler);
  await expect.poll(() => waiting.length).toBe(2);
  await destroyed.destroy();
  await expect(cut.end).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  await expect.poll(() => counts.open).toBe(0);
});

test('an answer that is not taken makes the machine wait', async () => {
  let written = 0;
  const { url } = await startHttp((request, response) => {
    request.resume();
    const more = () => {
      while (written < 200_000_000) {
        written += 65_536;
        if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  let control: Control | undefined;
  let size = 0;
  const { handler, end } = requester((given) => {
    control = given;
  });
  const slow: Requester = {
    ...handler,
    onData: (chunk) => {
      size += chunk.length;
      control?.pause(slow);
    },
  };
  connectionsTo(url).send(post(), slow);
  await expect.poll(() => size).toBeGreaterThan(0);
  let before = -1;
  await expect
    .poll(() => {
      const isStill = written === before;
      before = written;
      return isStill;
    })
    .toBe(true);
  expect(written).toBeLessThan(100_000_000);
  control?.abort(slow, new Error('enough'));
  await expect(end).rejects.toThrow('enough');
});
