import { unlessAborted } from '../http/abort.ts';
import { CallError } from '../http/call-error.ts';
import type { AskForToken } from './grants.ts';

/** Where the calls of all nodes of a server get their access token from. */
export interface TokenSource {
  /** A token that is good now. Throws CallError, and the reason of the signal, which gives up the waiting only. */
  token(signal: AbortSignal): Promise<string>;
  /** The token was refused; answers whether another one can be had. */
  refused(token: string): boolean;
  close(): void;
}

/** A token that a person copied from Arno's profile page. */
export function fixedToken(token: string): TokenSource {
  return {
    async token() {
      if (token) return token;
      throw new CallError('there is no access token: enter one in the settings of the server');
    },
    refused: () => false,
    close() {},
  };
}

interface Held {
  token: string;
  expires: number;
  /** From now on a new one is asked for, while this one still serves. */
  renewFrom: number;
}

/** As RFC 6749 leaves it to the client when an issuer does not say it. */
const defaultLifeSeconds = 60;
const renewedAtShareOfLife = 0.75;
const shortestTimerMs = 10_000;
/** After one that failed. */
const nextTryMs = 60_000;
const longestTimerMs = 24 * 60 * 60_000;
/** A token that ends while its request travels would be refused. */
const travelMs = 2_000;

/**
 * Tokens of an issuer: asked for once for all that wait, renewed ahead of their end so that no call waits for it, and kept in memory
 * only.
 */
export class RenewedTokens implements TokenSource {
  readonly #ask: AskForToken;
  readonly #closed = new AbortController();
  #held: Held | undefined;
  #asking: Promise<string> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(ask: AskForToken) {
    this.#ask = ask;
  }

  async token(signal: AbortSignal): Promise<string> {
    const now = Date.now();
    const held = this.#held;
    if (held && now < held.renewFrom) return held.token;
    const renewal = this.#renew();
    if (held && now < held.expires - travelMs) {
      // The held one is still good; what goes wrong with the next one is told to who needs that.
      renewal.catch(() => {});
      return held.token;
    }
    return unlessAborted(renewal, signal);
  }

  refused(token: string): boolean {
    if (this.#held?.token === token) this.#held = undefined;
    return true;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#closed.abort(new CallError('the node was closed'));
  }

  #renew(): Promise<string> {
    this.#asking ??= this.#askNow().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #askNow(): Promise<string> {
    const asked = Date.now();
    const { access_token: token, expires_in = defaultLifeSeconds } = await this.#ask(this.#closed.signal);
    const life = expires_in * 1000;
    this.#held = { token, expires: asked + life, renewFrom: asked + life * renewedAtShareOfLife };
    this.#renewLater(life * renewedAtShareOfLife);
    return token;
  }

  /** Also while no call comes: a refresh token that is not used in time ends. */
  #renewLater(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#closed.signal.aborted) return;
    const delay = Math.min(Math.max(ms, shortestTimerMs), longestTimerMs);
    this.#timer = setTimeout(() => this.#renew().catch(() => this.#renewLater(nextTryMs)), delay);
    this.#timer.unref();
  }
}
