import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AllEndpoints,
  ClearmlApiError,
  type ClearmlClient,
  type ClearmlClientOptions,
  createClearmlClient,
  type EndpointName,
} from '@arno/protocol/clearml';
import type { Logger } from 'pino';

const firstPause = 500;
const longestPause = 15_000;

/** The ClearML server as the agent sees it: it may be away for a while, and that is no reason to lose a task. */
export interface Server {
  /** One attempt. Throws `ClearmlApiError` or a network error. */
  call: ClearmlClient['call'];
  /** Tries until the server answers. Throws `ClearmlApiError` for a refusal, and when the signal ends the wait. */
  insist<Name extends EndpointName>(
    name: Name,
    request: AllEndpoints[Name]['request'],
    signal: AbortSignal,
  ): Promise<AllEndpoints[Name]['response']>;
  /** `insist` for any other work that talks to the server; outages are logged once, not per try. */
  patiently<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result>;
  addEvents: ClearmlClient['addEvents'];
  token: ClearmlClient['token'];
}

/** An answer that says no is final; silence, an unknown error of the server and "too busy" pass. */
export function isOutage(error: unknown): boolean {
  if (error instanceof ClearmlApiError) return error.code === 0 || error.code >= 500 || error.code === 429;
  if (!(error instanceof Error)) return false;
  return error.name === 'TimeoutError' || error instanceof TypeError || error instanceof SyntaxError;
}

/** Why a request did not get through, in a few words: fetch hides the reason in `cause`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as { code?: string; message?: string } | undefined;
  return cause ? `${error.message}: ${cause.code ?? cause.message}` : error.message;
}

/** Grows with each try up to the longest pause; half of it is chance, so that many agents do not return at once. */
function pauseBefore(attempt: number): number {
  const full = Math.min(longestPause, firstPause * 2 ** attempt);
  return full / 2 + (Math.random() * full) / 2;
}

type Credentials = NonNullable<ClearmlClientOptions['credentials']>;

/** One server connection for one worker id. */
export function createServer(
  options: { api: string; credentials: Credentials; worker: string },
  log: Logger,
): Server {
  const { api: baseUrl, worker, credentials } = options;
  const client = createClearmlClient({ baseUrl, credentials, worker });
  let awaySince: number | undefined;

  function noteOutage(error: unknown): void {
    if (awaySince !== undefined) return;
    awaySince = Date.now();
    log.warn(
      { server: baseUrl, reason: reasonOf(error) },
      'the server does not answer; trying again until it does',
    );
  }

  function noteAnswer(): void {
    if (awaySince === undefined) return;
    log.info(
      { server: baseUrl, away_s: Math.round((Date.now() - awaySince) / 1000) },
      'the server answers again',
    );
    awaySince = undefined;
  }

  async function patiently<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    for (let attempt = 0; ; attempt++) {
      try {
        const result = await work();
        noteAnswer();
        return result;
      } catch (error) {
        if (signal.aborted || !isOutage(error)) throw error;
        noteOutage(error);
        await sleep(pauseBefore(attempt), undefined, { signal });
      }
    }
  }

  return {
    ...client,
    insist: (name, request, signal) => patiently(() => client.call(name, request, { signal }), signal),
    patiently,
  };
}
