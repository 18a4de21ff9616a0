import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { maxTryBytes } from '@arno/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sessionCookie } from '../features/auth/index.ts';
import { cookieOf } from '../platform/cookies.ts';
import type { ConsoleOptions } from './context.ts';
import { ConsoleApiError } from './errors.ts';

/** A browser does not wait longer. What a mapping's deadline allows beyond that is for other callers. */
const tryMs = 290_000;
/** What of the gateway's answer the browser gets to see. */
const passedHeaders = ['content-type', 'arno-call-id', 'retry-after'];
/** A model's answer shares its origin with the console, and is powerless there. */
const harmless = {
  'content-security-policy': "sandbox; default-src 'none'",
  'x-content-type-options': 'nosniff',
};

/**
 * Calls through this server's own gateway for the person who is logged in. The gateway takes no session cookie, or any page could make
 * its visitors call; here the console's own guard has looked at the request before, and the session is passed on as the token that it
 * is. So a tried call is one like any other: with the person's rights and limits, and a row in the log.
 */
export function tryRoutes(options: ConsoleOptions) {
  return async function plugin(app: FastifyInstance): Promise<void> {
    // Bodies go on as they came. No page elsewhere can send this type without being asked whether it may.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    const calls = { bodyLimit: maxTryBytes };
    app.post<Alias>('/try/tasks/:alias/calls', calls, (request, reply) =>
      pass(options, request, reply, `tasks/${encodeURIComponent(request.params.alias)}/calls`),
    );
    app.post<Alias>('/try/models/:alias/calls', calls, (request, reply) =>
      pass(options, request, reply, `models/${encodeURIComponent(request.params.alias)}/calls`),
    );
    app.route<Id>({
      method: ['GET', 'DELETE'],
      url: '/try/calls/:id',
      handler: (request, reply) =>
        pass(options, request, reply, `calls/${encodeURIComponent(request.params.id)}`),
    });
  };
}

type Alias = { Params: { alias: string } };
type Id = { Params: { id: string } };

async function pass(
  { hasGateway }: ConsoleOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  path: string,
): Promise<FastifyReply> {
  if (!hasGateway) {
    const words = 'this server does not run the gateway: call it by the snippets of the mapping';
    throw new ConsoleApiError('backend_unavailable', words);
  }
  const { method, body } = request;
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const response = await fetch(`${ownOrigin(request)}/gateway/v1/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${tokenOf(request)}`,
      ...(Buffer.isBuffer(body) && { 'content-type': 'application/json' }),
    },
    ...(Buffer.isBuffer(body) && { body: new Uint8Array(body) }),
    redirect: 'manual',
    signal: AbortSignal.any([gone.signal, AbortSignal.timeout(tryMs)]),
  }).catch((error: Error) => {
    const why = error.name === 'TimeoutError' ? `within ${tryMs / 1000} s` : `(${error.message})`;
    throw new ConsoleApiError('backend_unavailable', `the gateway gave no answer ${why}`);
  });
  for (const name of passedHeaders) {
    const value = response.headers.get(name);
    if (value !== null) reply.header(name, value);
  }
  reply.code(response.status).headers(harmless);
  return reply.send(response.body ? Readable.fromWeb(response.body as ReadableStream) : undefined);
}

/** What the caller was let in with: a bearer token, or the session in the cookie. */
function tokenOf({ headers: { authorization, cookie } }: FastifyRequest): string {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  const token = bearer ?? (authorization ? undefined : cookieOf(cookie, sessionCookie));
  if (token) return token;
  throw new ConsoleApiError('invalid_request', 'calls need a session or a bearer token, not a key pair');
}

/** Where this server listens, as it reaches itself; what the request says of that is not asked. */
function ownOrigin({ server: { server } }: FastifyRequest): string {
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('the console listens on no port');
  const { family, port } = address;
  const host = { '0.0.0.0': '127.0.0.1', '::': '::1' }[address.address] ?? address.address;
  return `http://${family === 'IPv6' ? `[${host}]` : host}:${port}`;
}
