import type { Call } from '@arno/protocol';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { withQuery } from '../../api/console.ts';
import { useLiveEvents } from '../../api/liveEvents.ts';
import { isUnfinished, withCall } from './callList.ts';
import { callsKey, type ShownCalls } from './queries.ts';
import { type CallsSearch, filterQuery } from './search.ts';

/** What happens within this time is shown together: a busy log tells of hundreds of calls a second. */
const GATHER_MS = 300;
/** A log that changes too fast to be told call by call is read again no more often than this. */
const RELOAD_MS = 2_000;
/** More rows than this are not gathered; the newest page is read again instead. */
const MAX_ROWS = 300;

/** Keeps the newest page of a list of calls up to date, in the query's cache. Older pages stay as they are. */
export function useLiveCalls(kind: Call['kind'], search: CallsSearch): void {
  const client = useQueryClient();
  const key = useMemo(() => callsKey(kind, search), [kind, search]);
  const path = useMemo(() => eventsPath(kind, search), [kind, search]);
  const gathered = useRef<Call[]>([]);
  const show = useLater(GATHER_MS, () => {
    const news = gathered.current.splice(0);
    const page = client.getQueryData<ShownCalls>(key);
    if (!page) return;
    const items = news.reduce((shown, call) => withCall(shown, call, search, !page.next), page.items);
    if (items.length > MAX_ROWS) void client.invalidateQueries({ queryKey: key });
    else client.setQueryData<ShownCalls>(key, { ...page, items });
    for (const { id } of news) void client.invalidateQueries({ queryKey: ['call', id] });
  });
  const reload = useLater(RELOAD_MS, () => void client.invalidateQueries({ queryKey: key }));
  useLiveEvents(search.before ? undefined : path, {
    call(call: Call) {
      gathered.current.push(call);
      show();
    },
    reload,
  });
}

/**
 * Who looks at what waits or runs wants to be told of its end too, which that filter would keep back. Other states last, so that
 * their filters can be left to the server.
 */
function eventsPath(kind: Call['kind'], search: CallsSearch): string {
  const { status, outcome, ...rest } = search;
  const isPassing = status?.some((each) => isUnfinished({ status: each })) || outcome === 'accepted';
  return withQuery('calls/events', filterQuery(kind, isPassing ? rest : search));
}

/** A function that does its work a while after the first of several calls. */
function useLater(waitMs: number, work: () => void): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef(work);
  useEffect(() => {
    latest.current = work;
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      latest.current();
    }, waitMs);
  }, [waitMs]);
}
