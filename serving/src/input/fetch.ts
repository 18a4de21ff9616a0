import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { addressKind, inNetworks } from '@arno/protocol';
import { Agent, type Dispatcher, errors, request } from 'undici';
import { ServingError } from '../errors.ts';

export interface FetchLimits {
  /** CIDR ranges that may be fetched from besides public addresses. */
  networks: readonly string[];
  /** Milliseconds for everything: names, redirects and the body. */
  timeoutMs: number;
  maxBytes: number;
}

const maxRedirects = 3;
const headers = { accept: 'image/png, image/jpeg', 'user-agent': 'arno-serving' };
const redirects = new Set([301, 302, 303, 307, 308]);

/**
 * Fetches what a caller's URL leads to. The URL is hostile until proven otherwise: every address of every hop is checked, and the
 * connection goes to the checked address, so that a name cannot point elsewhere between the check and the call.
 * Throws `url_refused`, `url_failed` or `too_large`.
 */
export async function fetchUrl(url: string, limits: FetchLimits, field: string): Promise<Buffer> {
  const agent = new Agent({
    connect: { lookup: checkedLookup(limits.networks, field), timeout: limits.timeoutMs },
  });
  const signal = AbortSignal.timeout(limits.timeoutMs);
  try {
    return await follow(url, { ...limits, field, agent, signal });
  } catch (error) {
    if (error instanceof ServingError) throw error;
    if (signal.aborted || error instanceof errors.ConnectTimeoutError) {
      throw new ServingError('url_failed', `${field} did not answer within ${limits.timeoutMs} ms.`, field);
    }
    throw new ServingError('url_failed', `${field} cannot be fetched: ${reason(error)}.`, field);
  } finally {
    await agent.destroy();
  }
}

interface Fetch extends FetchLimits {
  field: string;
  agent: Agent;
  signal: AbortSignal;
}

async function follow(start: string, fetch: Fetch): Promise<Buffer> {
  const { agent, signal, field } = fetch;
  let url = checkedUrl(start, undefined, fetch);
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const answer = await request(url, {
      dispatcher: agent,
      signal,
      headers,
    });
    const { location } = answer.headers;
    if (!redirects.has(answer.statusCode) || typeof location !== 'string')
      return await readBody(answer, fetch);
    discard(answer.body);
    url = checkedUrl(location, url, fetch);
  }
  throw new ServingError('url_failed', `${field} redirects more than ${maxRedirects} times.`, field);
}

/** Parses and checks a URL; the parser also turns `2130706433` and `0x7f.1` into the plain IPv4 address they are. */
function checkedUrl(text: string, base: URL | undefined, { networks, field }: Fetch): URL {
  const refuse = (why: string) => new ServingError('url_refused', `${field} ${why}.`, field);
  if (!URL.canParse(text, base?.href))
    throw refuse('is not a complete URL; send one like https://host/five.png');
  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refuse('must begin with http:// or https://');
  if (url.username || url.password) throw refuse('must not contain a user name or password');
  // A literal address never reaches the lookup below.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host)) checkAddress(host, networks, field);
  return url;
}

/** Resolves names ourselves; a name with any address that is not allowed is refused, whichever one would be tried first. */
function checkedLookup(networks: readonly string[], field: string): LookupFunction {
  return (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error) return done(error, '');
      const [first] = addresses;
      if (!first) return done(new Error(`${host} has no address`), '');
      try {
        for (const { address } of addresses) checkAddress(address, networks, field);
      } catch (refusal) {
        return done(refusal as Error, '');
      }
      return options.all ? done(null, addresses) : done(null, first.address, first.family);
    });
  };
}

function checkAddress(address: string, networks: readonly string[], field: string): void {
  const kind = addressKind(address);
  if (kind === 'public' || inNetworks(address, networks)) return;
  const where = kind === 'other' ? 'an address that is not public' : `a ${kind} address`;
  const remedy = 'an administrator can allow its network with ARNO_SERVING_FETCH_NETWORKS';
  throw new ServingError('url_refused', `${field} leads to ${where}; ${remedy}.`, field);
}

async function readBody(answer: Dispatcher.ResponseData, { maxBytes, field }: Fetch): Promise<Buffer> {
  if (answer.statusCode !== 200) {
    discard(answer.body);
    throw new ServingError('url_failed', `${field} answered with HTTP status ${answer.statusCode}.`, field);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Leaving the loop destroys the stream, so the rest is never read.
    if (size > maxBytes)
      throw new ServingError('too_large', `${field} holds more than ${maxBytes} bytes.`, field);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Ends an answer that is not read; an unread body reports that as an error, which would end the process if nobody listened. */
function discard(body: Dispatcher.ResponseData['body']): void {
  body.on('error', () => undefined).destroy();
}

/** The code of a system or protocol error: its message could hold addresses of our own network. */
function reason(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'the connection failed';
}
