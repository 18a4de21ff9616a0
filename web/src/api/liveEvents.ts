import { useDocumentVisibility } from '@mantine/hooks';
import { useEffect, useEffectEvent } from 'react';
import { basePath } from '../app/base.ts';

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** What to do for each kind of event, by its name; the data is what the server sent, parsed. */
export type LiveHandlers = Record<string, (data: never) => void>;

/**
 * Follows `/console/v1/<path>` while the tab is seen: server-sent events with JSON data. A stream that breaks is opened again,
 * ever more slowly. Nothing tells what happened meanwhile, so pages reload what they show when a stream opens (`event: reload`).
 *
 * @param path undefined follows nothing
 */
export function useLiveEvents(path: string | undefined, handlers: LiveHandlers): void {
  const isSeen = useDocumentVisibility() === 'visible';
  const names = Object.keys(handlers).join(' ');
  const onEvent = useEffectEvent((name: string, data: unknown) => handlers[name]?.(data as never));
  useEffect(() => {
    if (path === undefined || !isSeen) return;
    return follow(`${basePath}/console/v1/${path}`, names.split(' '), onEvent);
  }, [path, isSeen, names]);
}

/** Opens a stream and keeps it open; answers what ends it. */
function follow(
  url: string,
  names: readonly string[],
  onEvent: (name: string, data: unknown) => void,
): () => void {
  let stream: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waitMs = FIRST_WAIT_MS;
  function open() {
    stream = new EventSource(url);
    for (const name of names) {
      stream.addEventListener(name, ({ data }: MessageEvent<string>) => onEvent(name, JSON.parse(data)));
    }
    stream.addEventListener('open', () => {
      waitMs = FIRST_WAIT_MS;
    });
    stream.addEventListener('error', () => {
      // The browser itself connects again after a broken connection, but not after a refusal.
      if (stream.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, waitMs);
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    });
  }
  open();
  return () => {
    clearTimeout(timer);
    stream.close();
  };
}
