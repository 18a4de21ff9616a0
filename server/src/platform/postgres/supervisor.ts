import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresError } from './errors.ts';
import type { PostgresLog } from './log.ts';
import type { Postmaster } from './postmaster.ts';

/** Waits before each new try after PostgreSQL ended by itself; then it is given up. */
const RESTART_DELAYS_MS = [200, 1_000, 2_000, 4_000];

/** A PostgreSQL that lived this long was healthy: its end counts as the first again. */
const HEALTHY_MS = 60_000;

export interface Supervision {
  /** Starts PostgreSQL; gives up and stops it again when the signal is aborted. */
  launch(signal: AbortSignal): Promise<Postmaster>;
  /** Called once when PostgreSQL ended again and again; nothing runs then. */
  onCrash(error: PostgresError): void;
  log: PostgresLog;
}

/** Launches PostgreSQL and keeps it running until `stop`. Rejects when the first launch fails. */
export async function supervise({ launch, onCrash, log }: Supervision): Promise<{ stop(): Promise<void> }> {
  const stopping = new AbortController();
  let current: Postmaster | undefined = await launch(stopping.signal);

  async function keepRunning(): Promise<void> {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const since = performance.now();
      const reason = current ? await current.ended : 'it could not be started again';
      if (stopping.signal.aborted) return;
      if (performance.now() - since > HEALTHY_MS) failures = 0;
      const delay = RESTART_DELAYS_MS[failures++];
      if (delay === undefined) {
        onCrash(new PostgresError(`PostgreSQL ended ${failures} times in a row and is given up: ${reason}`));
        return;
      }
      log.warn({ reason, delay }, `PostgreSQL ended by itself (${reason}); starting it again`);
      current = undefined;
      await sleep(delay, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      current = await launch(stopping.signal).catch((error: Error) => {
        if (!stopping.signal.aborted) log.error({ err: error }, error.message);
        return undefined;
      });
      if (current) log.info({ pid: current.pid }, 'PostgreSQL runs again');
    }
  }

  const kept = keepRunning();
  return {
    async stop() {
      stopping.abort();
      await current?.stop();
      await kept;
      // It may have become ready in the very moment of the stop.
      await current?.stop();
    },
  };
}
