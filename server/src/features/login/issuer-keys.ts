import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  type FetchImplementation,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose';
import type { Logger } from '../../platform/log.ts';
import { FailureMemory, ProviderUnavailable, reasonOf } from './failures.ts';
import type { ProviderTiming } from './provider.ts';

const minute = 60_000;
/** Keys older than this are fetched again while they go on serving, so that a withdrawn key is soon none. */
const refreshMs = 10 * minute;
/** For so long keys outlive a provider that cannot be reached. */
const maxAgeMs = 24 * 60 * minute;

/**
 * The public keys of an issuer, kept. An unknown key id makes them be fetched again, but only after the cool-down: who invents
 * key ids cannot make us flood the provider.
 */
export class IssuerKeys {
  readonly #set: ReturnType<typeof createRemoteJWKSet>;
  readonly #log: Logger;
  #fetched = Number.NEGATIVE_INFINITY;

  constructor(url: URL, { timeoutMs, cooldownMs }: ProviderTiming, log: Logger) {
    this.#log = log;
    const failures = new FailureMemory(cooldownMs);
    this.#set = createRemoteJWKSet(url, {
      timeoutDuration: timeoutMs,
      cooldownDuration: cooldownMs,
      cacheMaxAge: maxAgeMs,
      [customFetch]: (...request) => failures.ask(() => this.#fetch(...request)),
    });
  }

  /** @throws ProviderUnavailable also for an answer that holds no keys */
  async #fetch(...[url, options]: Parameters<FetchImplementation>): Promise<Response> {
    try {
      const response = await fetch(url, options as RequestInit);
      if (!response.ok) {
        await response.body?.cancel();
        throw new Error(`it answered with HTTP ${response.status}`);
      }
      const keys = (await response.json()) as JSONWebKeySet;
      createLocalJWKSet(keys);
      this.#fetched = performance.now();
      return Response.json(keys);
    } catch (error) {
      this.#log.warn({ err: error, url }, 'the keys of the OpenID Connect provider cannot be fetched');
      throw new ProviderUnavailable(`no keys from ${url}: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** Whether any of them can check a signature. @throws ProviderUnavailable */
  async areUsable(): Promise<boolean> {
    if (this.#hasUsable()) return true;
    if (!this.#set.coolingDown) await this.#set.reload();
    return this.#hasUsable();
  }

  /** A shared secret is not: who may check with it could also sign. */
  #hasUsable(): boolean {
    return this.#set.jwks()?.keys.some(({ kty, use }) => kty !== 'oct' && use !== 'enc') ?? false;
  }

  /** The key of a token, for jose. */
  readonly get: JWTVerifyGetKey = (header, token) => {
    const isOld = performance.now() > this.#fetched + refreshMs;
    // Who waits for it hears of a failure; the kept keys serve until then.
    if (isOld && !this.#set.reloading) this.#set.reload().catch(() => {});
    return this.#set(header, token);
  };
}
