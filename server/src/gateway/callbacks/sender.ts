import { createHmac } from 'node:crypto';
import { Agent } from 'undici';
import type { AddressRules } from '../../platform/addresses.ts';
import { ForbiddenAddressError, guardedConnector } from '../../platform/connector.ts';
import { arnoVersion } from '../../platform/version.ts';

/** One POST and how it went. */
export interface Delivery {
  tried: Date;
  durationMs: number;
  httpStatus?: number;
  /** Why the receiver has not taken it; undefined when it has. */
  error?: string;
  /** No further try would go better. */
  isFinal?: boolean;
}

export interface Message {
  url: string;
  callId: string;
  /** JSON. */
  body: string;
  secret: string;
}

const defaultTimeoutMs = 10_000;

/**
 * POSTs to receivers that callers named, and only to allowed addresses. Redirects are not followed, answers not read. Whoever has
 * the secret knows by the header `Arno-Signature: t=<unix seconds>,v1=<hex>` that a message is ours, and how old: v1 is the
 * HMAC-SHA256 of `<t>.<body>`.
 */
export class Sender {
  readonly #agent: Agent;
  readonly #timeoutMs: number;

  constructor(rules: AddressRules, timeoutMs = defaultTimeoutMs) {
    this.#agent = new Agent({ connect: guardedConnector(rules), keepAliveTimeout: 1 });
    this.#timeoutMs = timeoutMs;
  }

  async send(message: Message): Promise<Delivery> {
    const tried = new Date();
    const start = performance.now();
    const outcome = await this.#post(message, tried);
    return { tried, durationMs: Math.round(performance.now() - start), ...outcome };
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #post(
    { url, callId, body, secret }: Message,
    now: Date,
  ): Promise<Pick<Delivery, 'httpStatus' | 'error'>> {
    // Not AbortSignal.timeout(): in Node.js 20 the collector can take one that is part of another.
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), this.#timeoutMs);
    try {
      const { origin, pathname, search } = new URL(url);
      const answer = await this.#agent.request({
        origin,
        path: pathname + search,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': `Arno/${arnoVersion}`,
          'arno-call-id': callId,
          'arno-signature': signature(secret, body, now),
        },
        body,
        signal: timeout.signal,
      });
      answer.body.on('error', () => {}).destroy();
      return { httpStatus: answer.statusCode, ...refusalOf(answer.statusCode) };
    } catch (error) {
      if (timeout.signal.aborted) return { error: `did not answer within ${this.#timeoutMs / 1000} s` };
      return { error: failureOf(error) };
    } finally {
      clearTimeout(timer);
    }
  }
}

function refusalOf(status: number): { error?: string } {
  if (status >= 200 && status < 300) return {};
  const words = `answered with HTTP ${status}`;
  return { error: status >= 300 && status < 400 ? `${words}; redirects are not followed` : words };
}

/** Without addresses: who named the receiver must not learn to what its name resolves here. */
function failureOf(error: unknown): string {
  if (error instanceof ForbiddenAddressError) return 'its address is not allowed';
  const { code } = error as { code?: string };
  return `cannot be reached${code ? ` (${code})` : ''}`;
}

function signature(secret: string, body: string, now: Date): string {
  const seconds = Math.floor(now.getTime() / 1000);
  const hmac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${hmac}`;
}
