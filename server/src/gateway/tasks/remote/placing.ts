import type { Kysely } from 'kysely';
import type { Logger } from '../../../platform/log.ts';
import type { DB } from '../../../platform/schema.ts';
import { GatewayError } from '../../errors.ts';
import * as orders from './orders.ts';
import { isRefusal, isWithoutEffect, reasonOf, unavailable } from './outages.ts';
import { type Placement, tagOf } from './placement.ts';
import type { RemoteServer, RemoteTask } from './remote-server.ts';

export interface PlacingOptions {
  db: Kysely<DB>;
  log: Logger;
  server: RemoteServer;
  /** How long the remote may still work on a request that nobody waits for any more. */
  settleMs?: number;
}

const defaultSettleMs = 30_000;
const ordersPerRun = 100;

/**
 * Brings orders to the remote: a draft clone, its id into our row, and only then the queue, so that nothing runs that no row knows
 * of. A draft that is left over never runs.
 */
export class Placing {
  readonly #options: Required<PlacingOptions>;

  constructor(options: PlacingOptions) {
    this.#options = { settleMs: defaultSettleMs, ...options };
  }

  /**
   * Carries out an order that was just written. When nobody can say whether the remote did what it was asked, the order stands and
   * `recover` finds out.
   *
   * @throws GatewayError when nothing was done and nothing will be; what fetch and client throw when the remote is away
   */
  async place(callId: string, placement: Placement): Promise<void> {
    const { db, log } = this.#options;
    try {
      await this.#queue(callId, await this.#clone(callId, placement), placement);
    } catch (error) {
      if (error instanceof Undone) {
        await orders.failOrder(db, callId, error.failure, false);
        throw error.failure;
      }
      if (error instanceof Cancelled) return orders.endCancelled(db, callId, error.message);
      log.warn({ call: callId, reason: reasonOf(error) }, 'the ClearML server may have queued a task or not');
      // Its row is durable, so the call is answered even when the database is away by now.
      await orders
        .abandon(db, callId)
        .catch((err) => log.error({ err, call: callId }, 'order not handed on'));
    }
  }

  /**
   * Carries on with the orders of servers that died or lost sight of the remote. Throws what keeps it from the remote.
   *
   * @param ending aborts when the rest is to be left to the next time
   */
  async recover(ending?: AbortSignal): Promise<void> {
    const { db, log, server } = this.#options;
    const abandoned = await orders.abandonedOrders(db, ordersPerRun);
    if (abandoned.length > 0) await server.ping();
    for (const order of abandoned) {
      if (ending?.aborted) return;
      await this.#recoverOne(order).catch(async (error) => {
        if (error instanceof Cancelled) return orders.endCancelled(db, order.call_id, error.message);
        log.warn({ call: order.call_id, reason: reasonOf(error) }, 'the task of a call is not queued');
        if (error instanceof Undone) await orders.failOrder(db, order.call_id, error.failure, true);
        // Behind the others.
        else await orders.noteAsked(db, order.call_id);
      });
    }
  }

  async #recoverOne({ call_id, placement, clone_id, asked, cancelled }: orders.OpenOrder): Promise<void> {
    const { server, db, settleMs } = this.#options;
    const clones = await server.taggedTasks(tagOf(call_id));
    const clone =
      clones.find(({ id }) => id === clone_id) ?? clones.find((task) => !isDraft(task)) ?? clones[0];
    if (clone?.id) {
      if (cancelled !== null && isDraft(clone)) {
        await this.#deleteDrafts(clones);
        throw new Cancelled(cancelled);
      }
      if (clone.id !== clone_id) await orders.noteCloned(db, call_id, clone.id);
      if (!isDraft(clone)) await this.#noteQueued(call_id, clone.id);
      else await this.#queue(call_id, clone.id, placement);
      await this.#deleteDrafts(clones.filter((other) => other !== clone));
      return;
    }
    // Somebody deleted it while we were away.
    if (clone_id) throw cancelled === null ? new Undone(gone()) : new Cancelled(cancelled);
    if (Date.now() - asked.getTime() < settleMs) return;
    if (cancelled !== null) throw new Cancelled(cancelled);
    await orders.noteAsked(db, call_id);
    await this.#queue(call_id, await this.#clone(call_id, placement), placement);
  }

  async #clone(callId: string, placement: Placement): Promise<string> {
    const { server, db } = this.#options;
    const id = await server.clone(placement).catch((error) => {
      throw isWithoutEffect(error) ? new Undone(refusal(error)) : error;
    });
    const cancelled = await orders.noteCloned(db, callId, id);
    if (cancelled === undefined) return id;
    await server.delete(id);
    throw new Cancelled(cancelled);
  }

  async #queue(callId: string, cloneId: string, { queue, isUrgent }: Placement): Promise<void> {
    const { server, log } = this.#options;
    try {
      await server.enqueue(cloneId, queue);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // The answer to an earlier try may have been lost: then the task is where it should be.
      const task = await server.findTask(cloneId, ['status']);
      if (!task) throw new Undone(gone());
      if (!isDraft(task)) return this.#noteQueued(callId, cloneId);
      await server.delete(cloneId);
      throw new Undone(refusal(error));
    }
    await this.#noteQueued(callId, cloneId);
    if (!isUrgent) return;
    // It is queued all the same, or has begun to run already.
    await server.moveToFront(cloneId, queue).catch((error) => {
      log.warn(
        { call: callId, reason: reasonOf(error) },
        'an urgent task was not moved to the front of its queue',
      );
    });
  }

  /** Who cancelled meanwhile gets what they asked for before the order is closed. */
  async #noteQueued(callId: string, cloneId: string): Promise<void> {
    const { server, db } = this.#options;
    const cancelled = await orders.noteQueued(db, callId);
    if (cancelled === undefined) return;
    await server.cancel(cloneId, cancelled);
    await orders.noteWithdrawn(db, callId);
  }

  /** Made by requests that were thought lost. */
  async #deleteDrafts(clones: RemoteTask[]): Promise<void> {
    for (const clone of clones) if (clone.id && isDraft(clone)) await this.#options.server.delete(clone.id);
  }
}

const isDraft = ({ status }: RemoteTask) => status === 'created';

/** Nothing of the order is on the remote. */
class Undone extends Error {
  readonly failure: GatewayError;

  constructor(failure: GatewayError) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Nothing of the order is on the remote, as its caller wished. The message says who. */
class Cancelled extends Error {}

function gone(): GatewayError {
  return new GatewayError(
    'backend_refused',
    'the task was deleted on the ClearML server before it was queued',
  );
}

function refusal(error: unknown): GatewayError {
  if (isRefusal(error)) {
    const words = 'the ClearML server refuses to queue this task; ask its administrator';
    return new GatewayError('backend_refused', words, reasonOf(error));
  }
  return unavailable(error);
}
