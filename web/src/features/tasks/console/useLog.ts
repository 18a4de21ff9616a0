import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { clearml } from '../../../api/clearml.ts';
import { type LogEvent, type LogWindow, toLines, withEarlier, withNewer } from './log.ts';

const FIRST_BATCH = 2_000;
/** The most the server gives at once. */
const BATCH = 5_000;
const POLL_MS = 2_000;
/** How far back each poll looks for entries that arrived late. */
const OVERLAP_MS = 15_000;

interface Ask {
  earlier: boolean;
  from?: number;
  size?: number;
  signal?: AbortSignal;
}

/** Events in ascending order, going back from `from` (or the end) or forward from it (or the beginning). */
async function fetchEvents(task: string, { earlier, from, size = BATCH, signal }: Ask): Promise<LogEvent[]> {
  const request = {
    task,
    order: 'asc' as const,
    navigate_earlier: earlier,
    batch_size: size,
    ...(from !== undefined && { from_timestamp: from }),
  };
  const { events = [] } = await clearml.call('events.get_task_log', request, signal ? { signal } : {});
  return (events as LogEvent[]).toSorted((a, b) => a.timestamp - b.timestamp);
}

async function fetchTail(task: string, signal: AbortSignal): Promise<LogWindow> {
  const events = await fetchEvents(task, { earlier: true, size: FIRST_BATCH, signal });
  return { events, hasEarlier: events.length >= FIRST_BATCH };
}

/** Brings a window up to date, batch by batch until the end. */
async function follow(task: string, window: LogWindow, signal: AbortSignal): Promise<LogWindow> {
  const newest = window.events.at(-1)?.timestamp ?? 0;
  let since = Math.max(newest - OVERLAP_MS, window.events[0]?.timestamp ?? 0);
  let current = window;
  for (;;) {
    // One millisecond before, because the server answers what comes after the given time.
    const newer = await fetchEvents(task, { earlier: false, from: since - 1, signal });
    current = withNewer(current, newer, since);
    const last = newer.at(-1)?.timestamp;
    if (newer.length < BATCH || last === undefined || last <= since) return current;
    since = last;
  }
}

/** The log of a task: its end first, followed while `live`, older parts on demand. */
export function useLog(task: string, run: string | undefined, live: boolean) {
  const client = useQueryClient();
  // A task that was reset and started again has another log: `run` keeps the two apart.
  const queryKey = ['tasks', 'log', task, run];
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => {
      const window = client.getQueryData<LogWindow>(queryKey);
      return window?.events.length ? follow(task, window, signal) : fetchTail(task, signal);
    },
    refetchInterval: live ? POLL_MS : 30_000,
    structuralSharing: false,
    select: toView,
  });
  const earlier = useMutation({ mutationFn: () => loadEarlier(client, queryKey, task) });
  return { query, earlier };
}

const toView = ({ events, hasEarlier }: LogWindow) => ({ lines: toLines(events), hasEarlier });

async function loadEarlier(client: QueryClient, queryKey: readonly unknown[], task: string): Promise<void> {
  const oldest = client.getQueryData<LogWindow>(queryKey)?.events[0]?.timestamp;
  if (oldest === undefined) return;
  const events = await fetchEvents(task, { earlier: true, from: oldest + 1 });
  // A poll may have added newer events meanwhile: the window of now is the one to extend.
  client.setQueryData<LogWindow>(
    queryKey,
    (window) => window && withEarlier(window, events, events.length < BATCH),
  );
}

/** The whole log as plain text, from its beginning. */
export async function wholeLog(task: string): Promise<string> {
  let window: LogWindow = { events: [], hasEarlier: false };
  let since = 0;
  for (;;) {
    const batch = await fetchEvents(task, { earlier: false, ...(since > 0 && { from: since - 1 }) });
    window = withNewer(window, batch, since);
    const last = batch.at(-1)?.timestamp ?? 0;
    if (batch.length < BATCH || last <= since) break;
    since = last;
  }
  return toLines(window.events)
    .map(({ time, text }) => `${new Date(time).toISOString()} ${text}`)
    .join('\n');
}
