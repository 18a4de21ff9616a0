import { setTimeout as sleep } from 'node:timers/promises';
import type { Scope } from '../../clearml/endpoint.ts';
import type { Notifications } from '../../platform/notifications.ts';
import { manyCalls } from './call-changes.ts';
import type { CallFilter } from './call-filter.ts';
import { type CallSummary, listCalls } from './call-queries.ts';

export interface CallFollower {
  /** Calls that are new or changed and that the follower's filter lets through, the newest first. */
  onCalls(calls: CallSummary[]): void;
  /** More happened than can be told, or something may have been missed: what is known of the log is out of date. */
  onGap(): void;
  onError(error: unknown): void;
}

/** Changed calls that a follower looks up at a time; with more it is told of a gap. */
const maxIds = 500;
/** Between two looks of a follower, so that many of them cost the database a bounded number of queries. */
const pauseMs = 250;

/** What happens in the log of calls, on whichever replica, for those who follow it. */
export class CallFeed {
  readonly #changes: Notifications;

  /** @param changes of `callChannel` */
  constructor(changes: Notifications) {
    this.#changes = changes;
  }

  /**
   * Tells the follower of calls within the rights of the caller in `scope`.
   *
   * @returns how to follow no more
   */
  follow(scope: Scope, filter: CallFilter, follower: CallFollower): () => void {
    let ids = new Set<string>();
    let isGap = false;
    let isLooking = false;
    let isOver = false;

    const look = async () => {
      isLooking = true;
      while ((ids.size > 0 || isGap) && !isOver) {
        const wanted = [...ids];
        const missed = isGap;
        ids = new Set();
        isGap = false;
        if (missed) follower.onGap();
        else {
          const calls = await listCalls(scope, { ...filter, ids: wanted }, { limit: maxIds });
          if (!isOver && calls.length > 0) follower.onCalls(calls);
        }
        await sleep(pauseMs);
      }
      isLooking = false;
    };
    const unsubscribe = this.#changes.subscribe((payload) => {
      const changed = payload === undefined || payload === manyCalls ? [] : payload.split(',');
      for (const id of changed) ids.add(id);
      isGap ||= changed.length === 0 || ids.size > maxIds;
      if (!isLooking) look().catch(follower.onError);
    });
    return () => {
      isOver = true;
      unsubscribe();
    };
  }
}
