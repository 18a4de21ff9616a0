import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { CallError } from './call-error.ts';

/** As Node-RED's `tls-config` node fills them in. */
export interface TlsOptions {
  ca?: string | Buffer;
  cert?: string | Buffer;
  key?: string | Buffer;
  passphrase?: string;
  servername?: string;
  ALPNProtocols?: string[];
  rejectUnauthorized?: boolean;
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** How a request travels. */
export interface Transport {
  dispatcher: Dispatcher;
  /** For the whole answer. */
  timeoutMs: number;
  /** Gives the request up, with its reason. */
  signal: AbortSignal;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

const connectTimeoutMs = 10_000;
/** An answer is held in memory as a whole, as all of a message is. */
const maxAnswerBytes = 256 * 1024 * 1024;
/** Nothing of these was sent. */
const unsent = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

/** Connections of one server, which honour HTTP_PROXY, HTTPS_PROXY and NO_PROXY as Node-RED's own nodes do. */
export function createDispatcher(tls: TlsOptions = {}): Dispatcher {
  return new EnvHttpProxyAgent({
    connect: { timeout: connectTimeoutMs, ...tls },
    requestTls: tls,
    maxResponseSize: maxAnswerBytes,
    // Of an answer as a whole: see exchange().
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/**
 * Sends a request and reads the whole answer, whatever its status.
 *
 * @throws CallError when there is none, and the reason of the signal
 */
export async function exchange(
  { url, ...options }: HttpRequest,
  { dispatcher, timeoutMs, signal }: Transport,
): Promise<HttpAnswer> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await request(url, { ...options, dispatcher, signal: AbortSignal.any([signal, limit]) });
    const body = Buffer.from(await answer.body.arrayBuffer());
    return { status: answer.statusCode, headers: answer.headers, body };
  } catch (error) {
    signal.throwIfAborted();
    if (!limit.aborted) throw unreachable(url, error);
    throw new CallError(`${new URL(url).host} did not answer within ${timeoutMs / 1000} s`, {
      unanswered: true,
    });
  }
}

/** A stream says something within this time, even if it is nothing. */
const silenceMs = 60_000;

/**
 * Opens a stream of server-sent events, which may last for hours.
 *
 * @returns the stream, or the whole answer when it is none
 * @throws CallError when there is no answer, and the reason of the signal
 */
export async function openStream(
  url: string,
  headers: Record<string, string>,
  { dispatcher, timeoutMs, signal }: Transport,
): Promise<HttpAnswer | { stream: AsyncIterable<Uint8Array> }> {
  try {
    const accept = { accept: 'text/event-stream', ...headers };
    const times = { headersTimeout: timeoutMs, bodyTimeout: silenceMs };
    const answer = await request(url, { headers: accept, ...times, dispatcher, signal });
    if (answer.statusCode === 200) return { stream: answer.body };
    const body = Buffer.from(await answer.body.arrayBuffer());
    return { status: answer.statusCode, headers: answer.headers, body };
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(url, error);
  }
}

/** What to say when a request got no answer. */
function unreachable(url: string, error: unknown): CallError {
  const fault = error as { code?: string; message?: string };
  const notSent = unsent.test(fault.code ?? '');
  return new CallError(`${new URL(url).host} cannot be reached: ${fault.message || fault.code}`, {
    unanswered: true,
    notSent,
  });
}

/** One header of an answer. */
export function header({ headers }: Pick<HttpAnswer, 'headers'>, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

/** A body as a message carries it: what JSON says, a text, or the bytes as they came. */
export function contentOf(answer: Pick<HttpAnswer, 'headers' | 'body'>): unknown {
  const type = header(answer, 'content-type');
  if (/[/+]json\b/i.test(type)) {
    try {
      return JSON.parse(answer.body.toString('utf8'));
    } catch {
      return answer.body.toString('utf8');
    }
  }
  return /^text\//i.test(type) ? answer.body.toString('utf8') : answer.body;
}

/** The header Retry-After in milliseconds. */
export function retryAfterOf(answer: Pick<HttpAnswer, 'headers'>): number | undefined {
  const value = header(answer, 'retry-after');
  if (value === '') return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
