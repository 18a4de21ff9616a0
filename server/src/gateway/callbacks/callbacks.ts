import type { Kysely } from 'kysely';
import { type AddressRules, urlFault } from '../../platform/addresses.ts';
import type { Logger } from '../../platform/log.ts';
import type { DB } from '../../platform/schema.ts';
import { callDocument, type DocumentSources, withOrigin } from '../enqueue/document.ts';
import { GatewayError } from '../errors.ts';
import { platformScope } from '../platform-scope.ts';
import { claimDue, type DueCallback, noteTry, postpone } from './callback-store.ts';
import { type Delivery, Sender } from './sender.ts';

export interface CallbacksOptions extends DocumentSources {
  db: Kysely<DB>;
  log: Logger;
  /** Where no receiver may be. */
  addresses: AddressRules;
  /** Milliseconds before the second try, doubled with each further one; 5,000 when not given. */
  firstDelayMs?: number;
  /** Milliseconds until a receiver that does not answer is given up; 10,000 when not given. */
  timeoutMs?: number;
  /** Told of each try, and whether the receiver took it. */
  onTry?: ((wasTaken: boolean) => void) | undefined;
}

/** Deliveries of one server at a time. */
const maxAtOnce = 50;
const longestDelayMs = 3_600_000;
/** Until the next look when the document of a call cannot be had. */
const postponedMs = 30_000;

/**
 * Tells those who asked for it of the end of their calls: at least once, so that a receiver must expect the same call again. What
 * is owed are rows that the end of a call makes due in its own transaction; the servers share them, and those that a server has
 * claimed are free again when it dies.
 */
export class Callbacks {
  readonly #options: CallbacksOptions;
  readonly #sender: Sender;
  readonly #underway = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: CallbacksOptions) {
    this.#options = options;
    this.#sender = new Sender(options.addresses, options.timeoutMs);
  }

  /**
   * The address of a receiver as it is kept.
   *
   * @throws GatewayError invalid_request naming `callback_url`; where a name leads is looked at when it is connected to
   */
  check(text: string): string {
    const refuse = (why: string) => new GatewayError('invalid_request', `callback_url ${why}`);
    if (!URL.canParse(text)) throw refuse('is not a URL: use https://host/path');
    const url = new URL(text);
    const fault = urlFault(url, this.#options.addresses);
    if (fault) throw refuse(fault);
    url.hash = '';
    return url.href;
  }

  /** Begins what is due, as far as there is room: it does not wait for slow receivers. */
  async work(): Promise<void> {
    const room = maxAtOnce - this.#underway.size;
    if (room <= 0 || this.#isClosed) return;
    for (const callback of await claimDue(this.#options.db, room)) {
      const delivery = this.#deliver(callback)
        .catch(
          (err) =>
            this.#isClosed || this.#options.log.error({ err, call: callback.call_id }, 'callback failed'),
        )
        .then(() => void this.#underway.delete(delivery));
      this.#underway.add(delivery);
    }
  }

  /** Waits for the tries that are under way; breaks them off first. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#sender.close();
    await this.settle();
  }

  /** Waits for the tries that are under way. */
  async settle(): Promise<void> {
    await Promise.all(this.#underway);
  }

  async #deliver(callback: DueCallback): Promise<void> {
    const { db, log } = this.#options;
    // With the mapping, its secret can still be brought back.
    if (callback.isSuspended) return postpone(db, callback, postponedMs);
    const body = await this.#bodyOf(callback).catch((err) => {
      const isAway = err instanceof GatewayError && err.code === 'backend_unavailable';
      if (!isAway && !this.#isClosed)
        log.error({ err, call: callback.call_id }, 'what a callback tells cannot be had');
      return undefined;
    });
    if (body === undefined) return postpone(db, callback, postponedMs);
    const delivery = await this.#send(callback, body);
    // What was broken off here is not the receiver's fault, and free again when the claim has run out.
    if (this.#isClosed && delivery.error !== undefined) return;
    this.#options.onTry?.(delivery.error === undefined);
    if (delivery.error !== undefined) {
      log.info(
        { call: callback.call_id, reason: delivery.error, tries: callback.tries + 1 },
        'callback not taken',
      );
    }
    await noteTry(db, callback, delivery, this.#delayAfter(callback.tries));
  }

  async #bodyOf({ call_id, company, origin }: DueCallback): Promise<string> {
    const document = await callDocument(this.#options, platformScope(this.#options.db, company), call_id);
    return JSON.stringify(withOrigin(document, origin));
  }

  async #send({ url, call_id: callId, secret }: DueCallback, body: string): Promise<Delivery> {
    if (secret !== undefined) return this.#sender.send({ url, callId, body, secret });
    const error = 'the mapping was deleted, and with it the secret that signs';
    return { tried: new Date(), durationMs: 0, error, isFinal: true };
  }

  /** Half of it by chance, lest all that failed together come again together. */
  #delayAfter(tries: number): number {
    const { firstDelayMs = 5_000 } = this.#options;
    return Math.min(longestDelayMs, firstDelayMs * 2 ** tries) * (0.5 + Math.random() / 2);
  }
}
