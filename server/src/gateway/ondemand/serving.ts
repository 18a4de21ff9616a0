import { mappingsChannel, RouteCache, registeredMachines } from '../../features/mappings/index.ts';
import type { AddressRules } from '../../platform/addresses.ts';
import type { Database } from '../../platform/database.ts';
import type { Logger } from '../../platform/log.ts';
import { Notifications } from '../../platform/notifications.ts';
import { Machines } from './machines.ts';

export interface ServingOptions extends Pick<Database, 'db' | 'pool'> {
  log: Logger;
  /** Where no serving machine may be. */
  addresses: AddressRules;
  /** Calls that a machine may have pending. */
  maxPending: number;
}

/** How long a change may go unnoticed while the connection that listens for changes is broken. */
const lookEveryMs = 30_000;

/** Routes and machines of On-Demand calls in memory, kept as they are registered. */
export class Serving {
  readonly routes = new RouteCache();
  readonly machines: Machines;
  /** Where no serving machine may be. */
  readonly addresses: AddressRules;
  readonly #options: ServingOptions;
  readonly #changes: Notifications;
  #timer: NodeJS.Timeout | undefined;
  #following: Promise<void> | undefined;
  #isStale = false;
  #isClosed = false;

  constructor(options: ServingOptions) {
    this.#options = options;
    this.addresses = options.addresses;
    this.machines = new Machines(options.addresses, options.maxPending);
    this.#changes = new Notifications(options.pool, mappingsChannel, options.log);
  }

  async start(): Promise<void> {
    this.#changes.subscribe(() => this.changed());
    this.#timer = setInterval(() => this.changed(), lookEveryMs);
    await this.#changes.start();
    await this.#following;
  }

  /** Mappings have changed: what is in memory is looked up again. */
  changed(): void {
    this.routes.clear();
    this.#isStale = true;
    if (this.#isClosed) return;
    this.#following ??= this.#follow().finally(() => {
      this.#following = undefined;
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#changes.close();
    await this.#following;
    await this.machines.close();
  }

  async #follow(): Promise<void> {
    const { db, log } = this.#options;
    try {
      while (this.#isStale && !this.#isClosed) {
        this.#isStale = false;
        const registered = await registeredMachines({ db });
        if (!this.#isClosed) this.machines.follow(registered);
      }
    } catch (error) {
      const { message: reason } = error as Error;
      log.warn({ reason }, 'cannot look up the registered serving machines; looking again soon');
    }
  }
}
