import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import multipart, { type MultipartFile } from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../clearml/endpoint.ts';
import { attachment } from '../../platform/attachment.ts';
import { newId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import type { AddressFilter } from '../../platform/networks.ts';
import type { FileDeletions } from './deletions.ts';
import { FileError } from './errors.ts';
import { storePath } from './paths.ts';
import type { FileRights } from './rights.ts';
import type { UrlSigner } from './signer.ts';
import { deleteFiles, type FileStore } from './store.ts';

export interface FileServerOptions {
  store: FileStore;
  /** Who calls; throws an error with a `status`. */
  authenticate(authorization: string | undefined, request: FastifyRequest): Promise<Caller>;
  rights: FileRights;
  deletions: Pick<FileDeletions, 'cancel'>;
  /** Networks that may call; all when not given. */
  networks?: AddressFilter | undefined;
  signer: UrlSigner;
  /** Of one file. */
  maxBytes: number;
  log: Logger;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined for a request with a signed URL. */
    fileCaller: Caller | undefined;
  }
}

/** A peer that sends or takes nothing for so long is cut off; a large file may take as long as it needs. */
const idleMs = 120_000;
/** How long the rest of a refused upload is read. Whoever still sends would not see why it was refused. */
const drainMs = 30_000;
const maxDeletions = 10_000;

/**
 * The protocol's file server below the plugin's prefix: the name of a form field is the path of the file in it. Who asks
 * must be a developer or administrator with the right to the task of the file, or hold a signed URL to read.
 */
export function fileServer(options: FileServerOptions) {
  return async function plugin(app: FastifyInstance): Promise<void> {
    app.decorateRequest('fileCaller', undefined);
    await app.register(multipart, { limits: { fileSize: options.maxBytes, fields: 100 } });
    app.addHook('onRequest', async (request, reply) => {
      // Connections that the SDK opened before it forked its reporter are shared: a kept-alive one makes it hang.
      reply.header('connection', 'close');
      reply.raw.setTimeout(idleMs, () => reply.raw.destroy());
      requireNetwork(request, options);
      await authorize(request, options);
    });
    app.setErrorHandler((error, request, reply) => answerError(error, request, reply, options.log));
    app.get('/', async (_request, reply) => reply.type('text/plain').send('OK'));
    app.post('/', (request) => upload(request, options));
    app.post<{ Body: unknown }>('/delete_many', (request) => deleteMany(request, options));
    app.get('/*', (request, reply) => serve(request, reply, options));
    app.delete('/*', async (request, reply) => {
      const path = pathOf(request);
      await requireRight(request, options, path, 'change');
      const existed = await options.store.delete(path);
      await options.rights.release([path]);
      if (!existed) throw notFound(path);
      return reply.type('text/plain').send(path);
    });
  };
}

async function authorize(request: FastifyRequest, options: FileServerOptions): Promise<void> {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (isRead) {
    const name = nameOf(request);
    if (name === '') return;
    const query = request.query as { exp?: unknown; sig?: unknown };
    if (query.sig !== undefined && options.signer.isSigned(storePath(name), query, new Date())) return;
  }
  const caller = await options.authenticate(request.headers.authorization, request);
  if (caller.role === 'user') {
    throw new FileError(
      403,
      'files are open to developers and administrators, and to whoever has a signed link',
    );
  }
  request.fileCaller = caller;
}

/** Without a caller the request carries a signed URL, which is the right to read this one file. */
async function requireRight(
  { fileCaller }: FastifyRequest,
  { rights }: FileServerOptions,
  path: string,
  use: 'read' | 'change',
): Promise<void> {
  if (!fileCaller && use === 'read') return;
  const refusal = (await rights.refused(callerOf(fileCaller), [path], use)).get(path);
  if (refusal) throw refusal;
}

/** Whoever got past authorize() to more than one file to read. */
function callerOf(caller: Caller | undefined): Caller {
  if (!caller) throw new FileError(403, 'a signed link only reads its file');
  return caller;
}

function requireNetwork({ ip }: FastifyRequest, { networks }: FileServerOptions): void {
  if (!networks || networks.includes(ip)) return;
  throw new FileError(
    403,
    `calls from ${ip} are not allowed; an administrator lists the networks that are, in the console under Access`,
  );
}

/** The part of the URL below the plugin's prefix, decoded once by the router. */
function nameOf(request: FastifyRequest): string {
  return (request.params as { '*'?: string })['*'] ?? '';
}

function pathOf(request: FastifyRequest): string {
  return storePath(nameOf(request));
}

async function upload(request: FastifyRequest, options: FileServerOptions): Promise<string[]> {
  const { store, rights, deletions, maxBytes } = options;
  if (!request.isMultipart()) throw new FileError(400, 'send files as multipart/form-data');
  await requireSpace(store, Number(request.headers['content-length'] ?? 0));
  const stored: string[] = [];
  for await (const part of request.files()) {
    const path = storePath(part.fieldname);
    await rights.claim(callerOf(request.fileCaller), path);
    await deletions.cancel(path);
    await store.write(path, wholeFile(request, part, path, maxBytes));
    stored.push(`/${path}`);
  }
  if (stored.length === 0)
    throw new FileError(400, 'the form has no file; the name of its field is the path');
  return stored;
}

/** The bytes of an upload; throws at their end when the parser cut them off, and when the client goes away before it. */
async function* wholeFile(
  { raw }: FastifyRequest,
  { file }: MultipartFile,
  path: string,
  maxBytes: number,
): AsyncGenerator<Buffer> {
  // The parser would wait for the rest for ever.
  const end = () => {
    if (!raw.complete) file.destroy(new FileError(400, `the upload of ${path} broke off`));
  };
  raw.once('close', end);
  try {
    if (raw.destroyed) end();
    for await (const chunk of file) yield chunk;
  } finally {
    raw.off('close', end);
  }
  if (file.truncated) {
    throw new FileError(413, `${path} is larger than the ${maxBytes} bytes a file may have here`);
  }
}

async function requireSpace(store: FileStore, bytes: number): Promise<void> {
  const free = await store.freeBytes();
  if (bytes <= free && free > 0) return;
  const need = `an upload of ${bytes} bytes does not fit: ${free} are free`;
  throw new FileError(507, `${need}; delete files, or enlarge the disk of the file store`);
}

async function serve(request: FastifyRequest, reply: FastifyReply, options: FileServerOptions) {
  const path = pathOf(request);
  await requireRight(request, options, path, 'read');
  const file = await options.store.serve(path, request.raw);
  if (!file) throw notFound(path);
  const type = file.headers['Content-Type'] ?? 'application/octet-stream';
  const { download } = request.query as { download?: unknown };
  if (download !== undefined || isActive(type)) {
    reply.header('content-disposition', attachment(path.split('/').at(-1) ?? ''));
  }
  return reply
    .code(file.status)
    .headers(file.headers)
    .headers({
      'cache-control': 'private, max-age=300',
      // Nothing that was uploaded may act as a page of this origin.
      'content-security-policy': 'sandbox',
      'x-content-type-options': 'nosniff',
    })
    .send(file.content);
}

/** Whether a browser would run scripts in it. */
function isActive(type: string): boolean {
  return /html|xml|svg/i.test(type);
}

async function deleteMany(request: FastifyRequest<{ Body: unknown }>, { store, rights }: FileServerOptions) {
  const paths = listOfPaths(request.body);
  const refusals = await rights.refused(callerOf(request.fileCaller), paths, 'change');
  const allowed = paths.filter((path) => !refusals.has(path));
  const { deleted, errors } = await deleteFiles(store, allowed);
  await rights.release(deleted);
  for (const [path, { status, message }] of refusals) {
    const reason = status === 404 ? 'not found' : message;
    errors[reason] = [...(errors[reason] ?? []), path];
  }
  return { deleted, errors };
}

/** The paths of a `delete_many`, which are parts of URLs: percent-encoded. */
function listOfPaths(body: unknown): string[] {
  const { files } = (body ?? {}) as { files?: unknown };
  if (!Array.isArray(files) || !files.every((file) => typeof file === 'string')) {
    throw new FileError(400, 'files must be a list of paths');
  }
  if (files.length > maxDeletions) throw new FileError(400, `at most ${maxDeletions} files at once`);
  return files.map((file: string) => {
    try {
      return storePath(decodeURIComponent(file));
    } catch {
      throw new FileError(400, `files: ${file} is not a path`);
    }
  });
}

function notFound(path: string): FileError {
  return new FileError(404, `there is no file ${path}`);
}

async function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Logger) {
  if (request.method === 'POST') await drain(request);
  const {
    status,
    statusCode = 500,
    message,
  } = error as { status?: number; statusCode?: number; message: string };
  const code = status ?? statusCode;
  reply.type('text/plain; charset=utf-8');
  const url = request.url.replace(/\?.*$/, '');
  if (code < 500 || error instanceof FileError) {
    if (code >= 500) log.warn({ err: error, url }, 'the file store failed');
    return reply.code(code).send(message);
  }
  const id = newId();
  log.error({ err: error, id, url }, 'unexpected error of the file server');
  return reply.code(500).send(`the file server failed; its log has more at ${id}`);
}

async function drain({ raw }: FastifyRequest): Promise<void> {
  raw.unpipe();
  if (raw.readableEnded || raw.destroyed) return;
  raw.resume();
  const ended = new AbortController();
  const { signal } = ended;
  await Promise.race([
    once(raw, 'close', { signal }),
    once(raw, 'end', { signal }),
    delay(drainMs, undefined, { signal }),
  ]).catch(() => undefined);
  ended.abort();
}
