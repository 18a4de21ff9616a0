import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

const windowSeconds = 60;
const callsPerWindow = 30;

/** What to do with a failed call of somebody unknown. */
interface Verdict {
  /** Whether it gets a row in the log. */
  logged: boolean;
  /** Seconds; set when its peer had too many of them. */
  retryAfter?: number;
}

/**
 * Keeps who has no valid token from filling the log of calls. Each peer may fail a number of times a minute; the first call
 * above it still gets a row, so that the log shows what goes on. Whoever has a valid token is not counted, wherever it comes
 * from.
 */
export class Strangers {
  readonly #byPeer = new RateLimiterMemory({ points: callsPerWindow, duration: windowSeconds });

  async judge(peer: string): Promise<Verdict> {
    try {
      await this.#byPeer.consume(peer);
      return { logged: true };
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const { consumedPoints, msBeforeNext } = error;
      return { logged: consumedPoints === callsPerWindow + 1, retryAfter: Math.ceil(msBeforeNext / 1000) };
    }
  }
}
