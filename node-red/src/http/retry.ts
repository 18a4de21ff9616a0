import { setTimeout as sleep } from 'node:timers/promises';
import { CallError } from './call-error.ts';

export interface RetryOptions {
  /** How often to try again after the first time. */
  retries: number;
  /** Whether doing it again can help and does no harm. */
  again(error: CallError): boolean;
  signal: AbortSignal;
}

const firstDelayMs = 500;
const longestDelayMs = 30_000;
/** Who is asked to wait longer, as for a daily quota, is told so at once. */
const longestRetryAfterMs = 60_000;

/** Does something until it works, with growing pauses. Throws the last error, and the reason of the signal. */
export async function withRetries<Result>(
  attempt: () => Promise<Result>,
  { retries, again, signal }: RetryOptions,
): Promise<Result> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (failures >= retries || !(error instanceof CallError) || !again(error)) throw error;
      const { retryAfterMs = 0 } = error.details;
      if (retryAfterMs > longestRetryAfterMs) throw error;
      await pause(failures, signal, retryAfterMs);
    }
  }
}

/**
 * Waits before the next try: twice as long after each failure, not at the same time as others that failed together, and never shorter
 * than the other side asked for. Rejects with the reason of the signal.
 */
export async function pause(failures: number, signal: AbortSignal, atLeastMs = 0): Promise<void> {
  const longest = Math.min(longestDelayMs, firstDelayMs * 2 ** failures);
  const ms = longest * (0.5 + Math.random() / 2);
  await sleepUntil(Math.max(ms, Math.min(atLeastMs, longestRetryAfterMs)), signal);
}

async function sleepUntil(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw signal.reason;
  }
}
