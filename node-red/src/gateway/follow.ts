import type { CallDocument } from '@arno/protocol';
import { createParser } from 'eventsource-parser';
import { CallError, mayPass } from '../http/call-error.ts';
import { pause } from '../http/retry.ts';

/** Who waits for a queued call. */
export interface Follower {
  signal: AbortSignal;
  /** The call changed: its place in the queue, its status, its progress. */
  onChange(document: CallDocument): void;
  /** The server cannot be asked for now. */
  onInterruption(error: CallError): void;
}

interface Sources {
  /** The document each time it changes, as server-sent events. */
  open(signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  read(signal: AbortSignal): Promise<CallDocument>;
}

const pollMs = 5_000;

/**
 * Follows a call to its end. A stream may break off at any time, and may not be had when too many are open: then the document is read
 * from time to time. Ends early only when the gateway says that there is nothing to wait for.
 */
export async function follow(follower: Follower, { open, read }: Sources): Promise<CallDocument> {
  const { signal, onChange, onInterruption } = follower;
  for (let failures = 0; ; ) {
    try {
      for await (const document of documents(await open(signal))) {
        failures = 0;
        onChange(document);
        if (hasEnded(document)) return document;
      }
      // The server ends streams when it stops and after an hour.
      await pause(failures++, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof CallError) || !mayPass(error)) throw error;
      if (error.details.status === 429) {
        const document = await read(signal).catch(() => undefined);
        if (document) onChange(document);
        if (document && hasEnded(document)) return document;
        await pause(0, signal, Math.max(pollMs, error.details.retryAfterMs ?? 0));
      } else {
        onInterruption(error);
        await pause(failures++, signal, error.details.retryAfterMs);
      }
    }
  }
}

function hasEnded({ status }: Pick<CallDocument, 'status'>): boolean {
  return status !== 'queued' && status !== 'running';
}

async function* documents(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<CallDocument> {
  const arrived: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => arrived.push(data) });
  const decoder = new TextDecoder();
  try {
    for await (const chunk of bytes) {
      parser.feed(decoder.decode(chunk, { stream: true }));
      for (const data of arrived.splice(0)) yield JSON.parse(data);
    }
  } catch (error) {
    throw new CallError(`the connection was lost: ${(error as Error).message}`, { unanswered: true });
  }
}
