import type { Kysely } from 'kysely';
import { Gauge, type Registry } from 'prom-client';
import { type QueueDepth, queueDepths } from '../features/queues/index.ts';
import { type Backlog, FastHistogram, type QueuedTime, readBacklog } from '../gateway/index.ts';
import type { Logger } from '../platform/log.ts';
import type { DB } from '../platform/schema.ts';

const defaultTimes = {
  /** Milliseconds; several scrapers, or one that asks every second, cost one look in this time. */
  keptMs: 5_000,
  /** Milliseconds; a slow database must not take the other metrics with it: Prometheus gives up after 10 seconds. */
  patienceMs: 3_000,
};
/** Queues that have series of their own. */
const maxQueues = 200;
/** Seconds: from a model that is loaded already up to a training that waits for the weekend. */
const queuedBuckets = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400,
];

/** What waits, as the database has it: the same on each replica, so that any of them says it for all. */
export class BacklogMetrics {
  readonly #db: Kysely<DB>;
  readonly #log: Logger;
  readonly #times: typeof defaultTimes;
  readonly #instruments;
  #looked = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;

  constructor(registry: Registry, db: Kysely<DB>, log: Logger, times = defaultTimes) {
    this.#db = db;
    this.#log = log;
    this.#times = times;
    this.#instruments = instruments(registry);
  }

  /** Brings what the database tells up to date; what cannot be known now is removed. Takes at most some seconds. */
  async refresh(): Promise<void> {
    if (performance.now() - this.#looked < this.#times.keptMs) return;
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#forget();
        resolve();
      }, this.#times.patienceMs);
    });
    await Promise.race([this.#looking, late]);
    clearTimeout(timer);
  }

  async #look(): Promise<void> {
    try {
      const [queues, backlog] = await Promise.all([queueDepths(this.#db, maxQueues), readBacklog(this.#db)]);
      this.#set(queues, backlog);
      this.#looked = performance.now();
    } catch (error) {
      const { message: reason } = error as Error;
      this.#log.warn({ reason }, 'cannot look up what waits, for the metrics');
      this.#forget();
    }
  }

  #set(queues: readonly QueueDepth[], { queued, running, callbacks, times }: Backlog): void {
    const { up, entries, oldest, open, pending, durations } = this.#instruments;
    this.#forget();
    for (const { queue, ...depth } of queues) {
      entries.set({ queue }, depth.entries);
      oldest.set({ queue }, depth.oldest);
    }
    open.set({ status: 'queued' }, queued);
    open.set({ status: 'running' }, running);
    pending.set(callbacks);
    for (const phase of ['queued', 'running'] as const) observeAll(durations, phase, times);
    up.set(1);
  }

  /** An old value would look like a queue that stands still. */
  #forget(): void {
    const { up, entries, oldest, open, pending, durations } = this.#instruments;
    for (const metric of [entries, oldest, open, durations]) metric.reset();
    pending.remove();
    up.set(0);
  }
}

function observeAll(
  durations: FastHistogram,
  phase: QueuedTime['phase'],
  times: readonly QueuedTime[],
): void {
  const series = durations.series({ phase });
  for (const time of times) if (time.phase === phase) series.observe(time.milliseconds / 1000, time.count);
}

function instruments(registry: Registry) {
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  return {
    up: gauge(
      'arno_database_up',
      'Whether the database told what it knows; 0 when those metrics are missing',
    ),
    entries: gauge('arno_queue_entries', `Tasks that wait in a queue, for the ${maxQueues} longest`, 'queue'),
    oldest: gauge('arno_queue_oldest_entry_seconds', 'Time that the oldest entry has waited', 'queue'),
    open: gauge('arno_gateway_open_calls', 'Calls in the log that have not ended', 'status'),
    pending: gauge('arno_gateway_callbacks_pending', 'Callbacks of ended calls that have not arrived'),
    durations: new FastHistogram({
      name: 'arno_gateway_queued_call_duration_seconds',
      help: 'Time that ended calls waited in their queue, and ran',
      buckets: queuedBuckets,
      registers: [registry],
    }),
  };
}
