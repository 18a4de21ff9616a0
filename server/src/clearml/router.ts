import type { Envelope } from '@arno/protocol/clearml';
import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import { attachment } from '../platform/attachment.ts';
import { inTransaction } from '../platform/database.ts';
import { newId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import type { AddressFilter } from '../platform/networks.ts';
import { answerThenDrain } from '../platform/refused-body.ts';
import type { DB } from '../platform/schema.ts';
import { requireRole } from './access.ts';
import { BatchItems, readRequest } from './body.ts';
import {
  type Contract,
  type Contracts,
  newestVersion,
  parseVersion,
  type Version,
  versionText,
} from './contracts.ts';
import { type Call, type Caller, type Endpoint, type OpenCall, RawAnswer } from './endpoint.ts';
import { type CallName, failure, success } from './envelope.ts';
import { ClearmlError, refusalOf } from './errors.ts';
import { unpacked } from './packed.ts';

/** 16 MiB: above the 15,728,640 bytes at which the SDK splits a batch. */
const maxBodyBytes = 16 * 1024 * 1024;

export interface RouterOptions {
  db: Kysely<DB>;
  log: Logger;
  contracts: Contracts;
  endpoints: readonly Endpoint[];
  /** Networks that may call; all when not given. */
  networks?: AddressFilter | undefined;
  /** Origins whose pages may call from a browser, with its cookies; none when not given. */
  allowedOrigins?: readonly string[];
  /** Who calls; throws a 401 row of the error table. */
  authenticate(authorization: string | undefined, request: FastifyRequest): Promise<Caller>;
  /** The same for reports, where it may be a few seconds behind; `authenticate` when not given. */
  authenticateReport?(authorization: string | undefined, request: FastifyRequest): Promise<Caller>;
  /** Told every answer; tests compare it with the wire's schema. */
  onAnswer?: (contract: Contract, answer: unknown) => void;
}

interface Target extends CallName {
  endpoint: Endpoint;
  contract: Contract;
  version: Version;
}

/**
 * Serves the ClearML API below the plugin's prefix: finds the endpoint by name and version, authenticates, checks the role,
 * validates, opens a transaction if the endpoint writes, and wraps whatever happens into an envelope. Clients retry for ever on
 * an answer without one.
 */
export function clearmlApi(options: RouterOptions) {
  const router = new Router(options);
  return async function plugin(app: FastifyInstance): Promise<void> {
    // The SDK's default method is GET with a JSON body.
    app.addHttpMethod('GET', { hasBody: true, overrideExisting: true });
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxBodyBytes }, (request, body, done) => {
      const encoding = request.headers['content-encoding'];
      if (encoding === undefined) return done(null, body);
      unpacked(body as Buffer, encoding, maxBodyBytes).then((plain) => done(null, plain), done);
    });
    app.addHook('onRequest', async (request, reply) => {
      // The SDK forks a reporter that shares its connections: a kept-alive one makes it hang.
      reply.header('connection', 'close');
      reply.header('server', 'clearml');
      requireNetwork(options.networks, request.ip);
    });
    app.setErrorHandler((error, request, reply) => router.answerError(error, request, reply));
    await allowPages(app, options.allowedOrigins ?? []);
    app.route({
      method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      url: '/*',
      bodyLimit: maxBodyBytes,
      handler: (request, reply) => router.answer(request, reply),
    });
  };
}

/** What a request gets whose path cannot even be decoded. */
export function malformedPath(url: string): Envelope {
  return failure(
    { name: url },
    new ClearmlError('request_path_has_invalid_version', 'the path cannot be decoded'),
  );
}

class Router {
  readonly #options: RouterOptions;
  readonly #endpoints: ReadonlyMap<string, Endpoint>;

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#endpoints = new Map(options.endpoints.map((endpoint) => [endpoint.name, endpoint]));
  }

  async answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    let name: CallName | undefined;
    try {
      const target = this.#findTarget(pathOf(request));
      name = target;
      const answer = await this.#perform(target, request, reply);
      const isRaw = answer instanceof RawAnswer;
      // The protocol's schema of a file is a string.
      this.#options.onAnswer?.(target.contract, isRaw ? String(answer.body) : answer);
      return isRaw ? sendRaw(reply, answer) : reply.send(success(target, answer));
    } catch (error) {
      return this.answerError(error, request, reply, name);
    }
  }

  answerError(
    error: unknown,
    request: FastifyRequest,
    reply: FastifyReply,
    name: CallName = { name: request.url },
  ): FastifyReply {
    const known = asClearmlError(error);
    if (known?.code === 'payload_too_large') return sendTooLarge(reply, failure(name, known));
    if (known) return reply.code(known.status).send(failure(name, known));
    const id = newId();
    this.#options.log.error({ err: error, id, url: request.url }, 'unexpected error');
    const failed = new ClearmlError('general_error', `see the server's log for ${id}`);
    return reply.code(failed.status).send(failure(name, failed, id));
  }

  #findTarget(path: string): Target {
    const match = /^\/?(?:v(\d+(?:\.\d*)?)\/)?([a-z_]+\.[a-z_]+)\/?$/i.exec(path);
    if (!match)
      throw new ClearmlError('request_path_has_invalid_version', `use /v2.31/service.action, not ${path}`);
    const [, requested, name = ''] = match;
    const version = requested === undefined ? newestVersion : parseVersion(requested);
    const endpoint = this.#endpoints.get(name);
    const contract = this.#options.contracts.find(name, version);
    if (!endpoint || !contract) throw new ClearmlError('unknown_endpoint', name);
    const versions = { requested: versionText(version), actual: versionText(contract.version) };
    return { name, ...versions, endpoint, contract, version };
  }

  async #perform(target: Target, request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const { db, log, authenticate, authenticateReport = authenticate } = this.#options;
    const { endpoint, contract } = target;
    const base = callBase(target, request, reply, log);
    if (endpoint.access === 'open') {
      const body = checked(contract, readRequest(request));
      return endpoint.handle({ ...base, db, headers: request.headers }, body as never);
    }
    const isReport = endpoint.access === 'report';
    const caller = await (isReport ? authenticateReport : authenticate)(
      request.headers.authorization,
      request,
    );
    requireRole(contract, caller);
    if (isReport) return endpoint.handle({ ...base, caller, db }, new BatchItems(request));
    if (endpoint.access === 'batch') {
      const items = [...new BatchItems(request)];
      return inTransaction(db, async (transaction) =>
        endpoint.handle({ ...base, caller, db: transaction }, items),
      );
    }
    const body = checked(contract, readRequest(request)) as never;
    if (endpoint.access === 'read') return endpoint.handle({ ...base, caller, db }, body);
    return inTransaction(db, async (transaction) =>
      endpoint.handle({ ...base, caller, db: transaction }, body),
    );
  }
}

/** The client may still be sending what is too large; it has to get its answer all the same. */
function sendTooLarge(reply: FastifyReply, envelope: Envelope): FastifyReply {
  const text = JSON.stringify(envelope);
  return reply
    .code(envelope.meta.result_code)
    .type('application/json; charset=utf-8')
    .header('content-length', Buffer.byteLength(text))
    .send(answerThenDrain(reply.request.raw, text));
}

/** Every OPTIONS is answered with 200, which allows nothing by itself. */
async function allowPages(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  const answer = (_request: FastifyRequest, reply: FastifyReply) => reply.code(200).send();
  if (origins.length === 0) {
    app.options('/*', answer);
    return;
  }
  // It has the route for OPTIONS then, which would be a 404 to all others.
  await app.register(cors, corsOptions(origins));
  app.addHook('onRequest', async (request, reply) => {
    if (request.method === 'OPTIONS') return answer(request, reply);
  });
}

/** Whatever headers the clients of a page send; browsers ask again after ten minutes. */
function corsOptions(origins: readonly string[]): FastifyCorsOptions {
  return {
    origin: [...origins],
    credentials: true,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: ['content-disposition'],
    maxAge: 600,
    optionsSuccessStatus: 200,
    strictPreflight: false,
  };
}

/** A file of its own, never kept by a cache: it shows what the caller may see. */
function sendRaw(reply: FastifyReply, { contentType, filename, body }: RawAnswer): FastifyReply {
  reply.header('content-disposition', attachment(filename));
  reply.header('cache-control', 'no-store');
  return reply.type(contentType).send(body);
}

function requireNetwork(networks: AddressFilter | undefined, ip: string): void {
  if (networks && !networks.includes(ip)) {
    throw new ClearmlError(
      'routing_error',
      `calls from ${ip} are not allowed; an administrator lists the networks that are, in the console under Access`,
    );
  }
}

/** The part of the URL below the plugin's prefix, without its query. */
function pathOf(request: FastifyRequest): string {
  return (request.params as { '*': string })['*'];
}

function callBase(target: Target, request: FastifyRequest, reply: FastifyReply, log: Logger) {
  const abort = new AbortController();
  reply.raw.once('close', () => reply.raw.writableFinished || abort.abort());
  const header = (name: string) => {
    const value = request.headers[`x-clearml-${name}`] ?? request.headers[`x-trains-${name}`];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    version: target.version,
    log,
    now: new Date(),
    ip: request.ip,
    worker: header('worker'),
    signal: abort.signal,
    setHeader: (name: string, value: string) => void reply.header(name, value),
  } satisfies Omit<Call, 'caller' | 'db'> & Omit<OpenCall, 'db' | 'headers'>;
}

function checked(contract: Contract, body: Record<string, unknown>): Record<string, unknown> {
  const request = contract.normalized(body);
  const fault = contract.fault(request);
  if (fault) throw new ClearmlError('validation_error', `${contract.name}: ${fault}`);
  return request;
}

/** Rows of the error table, also for what Fastify and PostgreSQL refuse because of the request itself. */
function asClearmlError(error: unknown): ClearmlError | undefined {
  const { code = '', statusCode, message } = error as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new ClearmlError('payload_too_large', `at most ${maxBodyBytes} bytes`);
  }
  // What Fastify says of a body that broke off, or is not as long as was said.
  if (statusCode === 400 && /^(ECONNRESET|FST_ERR_CTP_)/.test(code)) {
    return new ClearmlError('validation_error', message);
  }
  return refusalOf(error);
}
