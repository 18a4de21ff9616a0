import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Server, type Socket } from 'node:net';

export interface Upstream {
  port: number;
  /** What it received, in order. */
  requests: { path: string; headers: IncomingMessage['headers']; body: string }[];
  close(): Promise<void>;
}

/** A real HTTP server that stands for a serving machine. */
export async function startUpstream(
  answer: (request: { path: string; body: string }, response: ServerResponse) => void,
): Promise<Upstream> {
  const requests: Upstream['requests'] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const path = request.url ?? '';
    requests.push({ path, headers: request.headers, body });
    answer({ path, body }, response);
  });
  return { requests, ...(await listening(server)) };
}

/** A server that is not an HTTP server: `answer` gets each connection when its first bytes have come. */
export async function startSocketUpstream(answer: (socket: Socket) => void): Promise<Upstream> {
  const server = createSocketServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  return { requests: [], ...(await listening(server)) };
}

/** A port of this machine where nobody listens. */
export async function unusedPort(): Promise<number> {
  const { port, close } = await listening(createSocketServer());
  await close();
  return port;
}

async function listening(server: Server) {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      for (const socket of sockets) socket.destroy();
    });
  return { port, close };
}
