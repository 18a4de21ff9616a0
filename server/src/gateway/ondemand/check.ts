import { Agent, type buildConnector } from 'undici';
import type { ServingMachine } from '../../features/mappings/index.ts';
import { machineFailure } from './failures.ts';
import type { Check } from './health.ts';

const checkTimeoutMs = 5_000;
const maxAnswerBytes = 64 * 1024;

/** Asks machines how they are, on connections of its own: a machine that is busy with calls is not ill. */
export class Checker {
  readonly #connect: buildConnector.connector;
  readonly #agent: Agent;

  constructor(connect: buildConnector.connector) {
    this.#connect = connect;
    this.#agent = new Agent({
      connect,
      connections: 4,
      headersTimeout: checkTimeoutMs,
      bodyTimeout: checkTimeoutMs,
    });
  }

  /** Takes at most about 5 seconds; whatever happens is in the result. */
  async check({ base_url, health_path }: ServingMachine): Promise<Check> {
    const started = performance.now();
    const url = new URL(base_url);
    const found = await (health_path ? this.#ask(url, health_path) : this.#knock(url)).catch(
      (error: unknown) => ({ ok: false, error: wordsOf(error) }),
    );
    return { ...found, durationMs: Math.round((performance.now() - started) * 1000) / 1000 };
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #ask(url: URL, path: string): Promise<Omit<Check, 'durationMs'>> {
    const end = new AbortController();
    const timer = setTimeout(
      () => end.abort(new Error(`no answer within ${checkTimeoutMs} ms`)),
      checkTimeoutMs,
    );
    try {
      const { origin } = url;
      const { statusCode, body } = await this.#agent.request({
        origin,
        path,
        method: 'GET',
        signal: end.signal,
      });
      await body.dump({ limit: maxAnswerBytes, signal: end.signal });
      if (statusCode >= 200 && statusCode < 300) return { ok: true, httpStatus: statusCode };
      return { ok: false, httpStatus: statusCode, error: `${path} answered with HTTP ${statusCode}` };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Opens a connection, with TLS where that belongs to it, and closes it. */
  #knock({ hostname, host, protocol, port }: URL): Promise<Omit<Check, 'durationMs'>> {
    return new Promise((resolve, reject) => {
      const bare = hostname.replace(/^\[|\]$/g, '');
      this.#connect({ hostname: bare, host, protocol, port }, (error, socket) => {
        socket?.on('error', () => {}).destroy();
        if (error) reject(error);
        else resolve({ ok: true });
      });
    });
  }
}

/** Checks are read by administrators and developers, who may know addresses and system errors. */
function wordsOf(error: unknown): string {
  const { message, detail } = machineFailure(error);
  return detail ? `${message} (${detail})` : message;
}
