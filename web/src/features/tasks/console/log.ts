/** One entry of a task's log as `events.get_task_log` answers it. `timestamp` is epoch milliseconds. */
export interface LogEvent {
  timestamp: number;
  msg?: string;
}

/** One line on the screen; `text` may hold colour codes. */
export interface LogLine {
  key: string;
  time: number;
  text: string;
}

/** What of a log is in memory: all events from some point on. */
export interface LogWindow {
  events: LogEvent[];
  hasEarlier: boolean;
}

/**
 * Events become lines. A message may hold several lines. A carriage return starts its line again, as a terminal would
 * show it, also across messages: a progress bar stays one line instead of flooding the log.
 */
export function toLines(events: readonly LogEvent[]): LogLine[] {
  const lines: LogLine[] = [];
  let sameTime = 0;
  let lastTime: number | undefined;
  let previous = '';
  for (const { timestamp: time, msg = '' } of events) {
    sameTime = time === lastTime ? sameTime : 0;
    lastTime = time;
    if (overwrites(previous, msg)) lines.pop();
    previous = msg;
    for (const raw of msg.replace(/\r?\n$/, '').split(/\r?\n/)) {
      lines.push({ key: `${time}-${sameTime}`, time, text: lastWritten(raw) });
      sameTime += 1;
    }
  }
  return lines;
}

/** Whether a message is written over the line before it, which must itself be one of a progress bar. */
function overwrites(previous: string, next: string): boolean {
  if (previous.endsWith('\n') || next.startsWith('\n') || next.startsWith('\r\n')) return false;
  return previous.endsWith('\r') || (previous.startsWith('\r') && next.startsWith('\r'));
}

function lastWritten(line: string): string {
  if (!line.includes('\r')) return line;
  return line.split('\r').findLast((part) => part !== '') ?? '';
}

/**
 * Adds newer events. `newer` was asked for from `since` on: reporters send in batches, so entries can arrive a little
 * after younger ones, and everything from `since` on is taken from the newer answer.
 */
export function withNewer(window: LogWindow, newer: readonly LogEvent[], since: number): LogWindow {
  const kept = window.events.filter((event) => event.timestamp < since);
  return { ...window, events: [...kept, ...newer.filter((event) => event.timestamp >= since)] };
}

/** Puts older events before the window; `older` may repeat its oldest millisecond. `complete`: there are no more. */
export function withEarlier(window: LogWindow, older: readonly LogEvent[], complete: boolean): LogWindow {
  const oldest = window.events[0]?.timestamp ?? Number.POSITIVE_INFINITY;
  const added = older.filter((event) => event.timestamp < oldest);
  return { events: [...added, ...window.events], hasEarlier: !complete && added.length > 0 };
}
