import type { Envelope } from './envelope.ts';
import type { ExtensionEndpoints } from './extensions.ts';
import type { Endpoints } from './generated/index.ts';

export interface AllEndpoints extends Endpoints, ExtensionEndpoints {}
export type EndpointName = keyof AllEndpoints & string;

/** The server answered with an error envelope, or with something that is not an envelope (code 0). */
export class ClearmlApiError extends Error {
  readonly endpoint: string;
  readonly code: number;
  readonly subcode: number;

  constructor(endpoint: string, code: number, subcode: number, message: string) {
    super(`${endpoint}: ${message} (${code}/${subcode})`);
    this.name = 'ClearmlApiError';
    this.endpoint = endpoint;
    this.code = code;
    this.subcode = subcode;
  }
}

export interface ClearmlClientOptions {
  /** Address of the API without a trailing slash, for example `http://127.0.0.1:8008`. */
  baseUrl: string;
  /** A key pair, a ready token, or nothing where a browser's session cookie speaks for the caller. */
  credentials?: { accessKey: string; secretKey: string } | { token: string };
  /** Sent as `X-ClearML-Worker`. */
  worker?: string;
  /** Milliseconds until one request is given up; default 30,000. */
  timeout?: number;
}

export interface ClearmlClient {
  call<Name extends EndpointName>(
    name: Name,
    request: AllEndpoints[Name]['request'],
    options?: { timeout?: number; signal?: AbortSignal },
  ): Promise<AllEndpoints[Name]['response']>;
  /** `events.add_batch`: one JSON object a line. */
  addEvents(events: readonly object[]): Promise<{ added?: number; errors?: number }>;
  /** The bearer token in use, fetched when there is none yet; undefined with a session cookie. */
  token(): Promise<string | undefined>;
}

/** A small client of the ClearML API on `fetch`; logs in with the key pair when needed and once more after a 401. */
export function createClearmlClient(options: ClearmlClientOptions): ClearmlClient {
  const { baseUrl, credentials, timeout = 30_000 } = options;
  let bearer = credentials && 'token' in credentials ? credentials.token : undefined;

  async function send(
    name: string,
    body: string,
    type: string,
    limits: { timeout?: number; signal?: AbortSignal },
  ) {
    const deadline = startDeadline(limits.timeout ?? timeout, limits.signal);
    try {
      const response = await fetch(`${baseUrl}/${name}`, {
        method: 'POST',
        headers: {
          'content-type': type,
          ...(bearer && { authorization: `Bearer ${bearer}` }),
          ...(options.worker && { 'x-clearml-worker': options.worker }),
        },
        body,
        signal: deadline.signal,
      });
      return dataOf(name, baseUrl, response.status, await response.text());
    } finally {
      deadline.clear();
    }
  }

  async function login(): Promise<void> {
    if (!credentials || 'token' in credentials) return;
    const basic = btoa(`${credentials.accessKey}:${credentials.secretKey}`);
    const response = await fetch(`${baseUrl}/auth.login`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      signal: AbortSignal.timeout(timeout),
    });
    const data = dataOf('auth.login', baseUrl, response.status, await response.text());
    bearer = (data as { token: string }).token;
  }

  async function authenticated(name: string, body: string, type: string, limits = {}): Promise<unknown> {
    if (!bearer) await login();
    try {
      return await send(name, body, type, limits);
    } catch (error) {
      const expired = error instanceof ClearmlApiError && error.code === 401;
      if (!expired || !credentials || 'token' in credentials) throw error;
      await login();
      return send(name, body, type, limits);
    }
  }

  return {
    call: (name, request, limits) =>
      authenticated(name, JSON.stringify(request), 'application/json', limits) as Promise<never>,
    addEvents: (events) =>
      authenticated(
        'events.add_batch',
        events.map((event) => JSON.stringify(event)).join('\n'),
        'application/json-lines',
      ) as Promise<{ added?: number; errors?: number }>,
    async token() {
      if (!bearer) await login();
      return bearer;
    },
  };
}

/** The data of an answer; throws what its envelope says, or that there is none. */
function dataOf(name: string, baseUrl: string, status: number, text: string): unknown {
  let envelope: Partial<Envelope>;
  try {
    envelope = JSON.parse(text);
  } catch {
    envelope = {};
  }
  if (!envelope.meta) throw new ClearmlApiError(name, 0, 0, `no ClearML API at ${baseUrl} (HTTP ${status})`);
  const { result_code: code, result_subcode: subcode, result_msg: message } = envelope.meta;
  if (code >= 300) throw new ClearmlApiError(name, code, subcode, message);
  return envelope.data;
}

/**
 * A signal that aborts after `ms`, or with `parent`. By hand, because in Node.js 20 the collector can take a timeout that only
 * AbortSignal.any() refers to, and it then never comes.
 */
function startDeadline(ms: number, parent?: AbortSignal): { signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
    ms,
  );
  const follow = () => controller.abort(parent?.reason);
  parent?.addEventListener('abort', follow, { once: true });
  if (parent?.aborted) follow();
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer);
      parent?.removeEventListener('abort', follow);
    },
  };
}
