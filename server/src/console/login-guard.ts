import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { ConsoleApiError } from './errors.ts';

const windowSeconds = 600;

/**
 * Slows down who guesses passwords. Every attempt counts when it begins, so that many at once gain nothing; a right password
 * takes its attempts back.
 */
export class LoginGuard {
  readonly #byName = new RateLimiterMemory({ points: 10, duration: windowSeconds });
  readonly #byPeer = new RateLimiterMemory({ points: 100, duration: windowSeconds });

  /** @throws ConsoleApiError too_many_attempts */
  async begin(peer: string, username: string): Promise<void> {
    try {
      await this.#byPeer.consume(peer);
      await this.#byName.consume(key(peer, username));
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const minutes = Math.ceil(error.msBeforeNext / 60_000);
      throw new ConsoleApiError('too_many_attempts', `too many wrong passwords; try again in ${minutes} min`);
    }
  }

  async succeeded(peer: string, username: string): Promise<void> {
    await this.#byPeer.reward(peer);
    await this.#byName.delete(key(peer, username));
  }
}

function key(peer: string, username: string): string {
  return `${peer} ${username}`;
}
