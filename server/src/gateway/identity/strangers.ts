import ipaddr from 'ipaddr.js';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { GatewayError } from '../errors.ts';

const windowSeconds = 60;
const callsPerWindow = 30;

/** What to do with a failed call of somebody unknown. */
export interface Verdict {
  /** Whether it gets a row in the log. */
  logged: boolean;
  /** What to answer instead; set when its peer had too many of them. */
  refusal?: GatewayError;
}

/**
 * Keeps who has no valid token from filling the log of calls and from guessing. Each peer may fail a number of times a minute;
 * the first call above it still gets a row, so that the log shows what goes on. Whoever has a valid token is not counted, wherever
 * it comes from.
 */
export class Strangers {
  readonly #byPeer = new RateLimiterMemory({ points: callsPerWindow, duration: windowSeconds });
  readonly #unknown = new RateLimiterMemory({ points: callsPerWindow, duration: windowSeconds });

  /** Counts a failed call of somebody who could not be identified. */
  async judge(peer: string): Promise<Verdict> {
    const excess = await consume(this.#byPeer, peer);
    if (!excess) return { logged: true };
    return { logged: isFirst(excess), refusal: tooMany(excess) };
  }

  /** The same of one who could not be identified for no fault of theirs: the log is kept from filling, and nobody is blamed. */
  async judgeOutage(peer: string): Promise<Verdict> {
    const excess = await consume(this.#unknown, peer);
    return { logged: !excess || isFirst(excess) };
  }

  /** @throws GatewayError too_many_requests for a peer whose failures are used up */
  async requireRoom(peer: string): Promise<void> {
    const state = await this.#byPeer.get(network(peer));
    if (state && state.consumedPoints > callsPerWindow) throw tooMany(state);
  }
}

/** Undefined when there was room. */
async function consume(limiter: RateLimiterMemory, peer: string): Promise<RateLimiterRes | undefined> {
  try {
    await limiter.consume(network(peer));
    return undefined;
  } catch (error) {
    if (error instanceof RateLimiterRes) return error;
    throw error;
  }
}

function isFirst({ consumedPoints }: RateLimiterRes): boolean {
  return consumedPoints === callsPerWindow + 1;
}

function tooMany({ msBeforeNext }: RateLimiterRes): GatewayError {
  const seconds = Math.ceil(msBeforeNext / 1000);
  const message = `too many calls without a valid token came from your address; try again in ${seconds} s`;
  return new GatewayError('too_many_requests', message, undefined, seconds);
}

/** Who has one IPv6 address has 2^64 of them: they count as one. */
function network(peer: string): string {
  if (!ipaddr.isValid(peer)) return peer;
  const address = ipaddr.process(peer);
  return address.kind() === 'ipv6' ? address.toByteArray().slice(0, 8).join('.') : address.toString();
}
