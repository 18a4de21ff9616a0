import * as openid from 'openid-client';
import type { OidcConfig } from '../../config.ts';
import type { Logger } from '../../platform/log.ts';
import type { RoleMap } from './claims.ts';
import { FailureMemory, ProviderUnavailable, reasonOf } from './failures.ts';
import { IssuerKeys } from './issuer-keys.ts';

export interface ProviderTiming {
  /** Milliseconds until a request is given up. */
  timeoutMs: number;
  /** Milliseconds for which a question that failed, or that brought nothing new, is not asked again. */
  cooldownMs: number;
}

const defaultTiming: ProviderTiming = { timeoutMs: 10_000, cooldownMs: 5_000 };

interface ProviderOptions extends Partial<ProviderTiming> {
  /** What the provider's roles mean here at this moment; those of the configuration when not given. */
  roles?: () => RoleMap;
}

/** The OpenID Connect provider of this installation, its addresses and keys. It is asked for them when they are first needed. */
export class OidcProvider {
  readonly config: OidcConfig;
  readonly #timing: ProviderTiming;
  readonly #log: Logger;
  readonly #discovery: FailureMemory;
  readonly #roles: () => RoleMap;
  #discovered: Promise<openid.Configuration> | undefined;
  #keys: IssuerKeys | undefined;

  constructor(config: OidcConfig, log: Logger, { roles, ...timing }: ProviderOptions = {}) {
    this.config = config;
    this.#roles = roles ?? (() => config.roles ?? new Map());
    this.#log = log;
    this.#timing = { ...defaultTiming, ...timing };
    this.#discovery = new FailureMemory(this.#timing.cooldownMs);
  }

  /** How its claims are read: whose client roles count, and what roles mean here. */
  get reading(): { clientId: string; roles: RoleMap } {
    return { clientId: this.config.clientId, roles: this.#roles() };
  }

  /** What the provider says of itself, with our credentials there. @throws ProviderUnavailable */
  configuration(): Promise<openid.Configuration> {
    this.#discovered ??= this.#discovery
      .ask(() => this.#discover())
      .catch((error) => {
        // A failure is forgotten, so that the next one asks again.
        this.#discovered = undefined;
        throw error;
      });
    return this.#discovered;
  }

  async #discover(): Promise<openid.Configuration> {
    const { issuer, clientId, clientSecret } = this.config;
    const method = clientSecret === undefined ? openid.None() : openid.ClientSecretPost(clientSecret);
    // The configuration lets plain HTTP through for providers on this machine only.
    const execute = issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [];
    const timeout = this.#timing.timeoutMs / 1000;
    try {
      return await openid.discovery(new URL(issuer), clientId, undefined, method, { timeout, execute });
    } catch (error) {
      this.#log.warn({ err: error, issuer }, 'the OpenID Connect provider cannot be asked');
      throw new ProviderUnavailable(`${issuer} cannot be asked: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** The keys that it signs with; undefined when it publishes none that we could use. @throws ProviderUnavailable */
  async keys(): Promise<IssuerKeys | undefined> {
    const { jwks_uri: address } = (await this.configuration()).serverMetadata();
    if (address === undefined) return undefined;
    this.#keys ??= new IssuerKeys(new URL(address), this.#timing, this.#log);
    return (await this.#keys.areUsable()) ? this.#keys : undefined;
  }
}
