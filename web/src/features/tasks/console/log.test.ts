import { describe, expect, test } from 'vitest';
import { colourParts, plainText } from './ansi.tsx';
import { toLines, withEarlier, withNewer } from './log.ts';

const texts = (...messages: string[]) =>
  toLines(messages.map((msg, timestamp) => ({ timestamp, msg }))).map((line) => line.text);

describe('lines of a log', () => {
  test('a message may hold several, and ends without an empty one', () => {
    expect(texts('a\nb\n', 'c')).toEqual(['a', 'b', 'c']);
    expect(texts('a\r\nb\r\n')).toEqual(['a', 'b']);
  });

  test('a progress bar stays one line', () => {
    expect(texts('10%\r50%\r100%\r')).toEqual(['100%']);
    expect(texts('start', '\r10%', '\r50%', '\r100%\n', 'end')).toEqual(['start', '100%', 'end']);
    expect(texts('start', '10%\r', '50%\r', '100%\n', 'end')).toEqual(['start', '100%', 'end']);
  });

  test('have keys of their own, also within one millisecond', () => {
    const lines = toLines([
      { timestamp: 5, msg: 'a\nb' },
      { timestamp: 5, msg: 'c' },
      { timestamp: 6, msg: 'd' },
    ]);
    expect(lines.map((line) => line.key)).toEqual(['5-0', '5-1', '5-2', '6-0']);
  });
});

describe('a window of a log', () => {
  const event = (timestamp: number, msg = `${timestamp}`) => ({ timestamp, msg });
  const window = { events: [event(10), event(20), event(30)], hasEarlier: true };

  test('takes newer events, also those that arrived late, once each', () => {
    const newer = [event(19, 'older than asked'), event(20), event(25, 'late'), event(30), event(40)];
    expect(withNewer(window, newer, 20).events.map(({ msg }) => msg)).toEqual([
      '10',
      '20',
      'late',
      '30',
      '40',
    ]);
  });

  test('takes earlier events once each and knows when it is complete', () => {
    const full = withEarlier(window, [event(5), event(10)], false);
    expect(full.events.map(({ timestamp }) => timestamp)).toEqual([5, 10, 20, 30]);
    expect(full.hasEarlier).toBe(true);
    expect(withEarlier(window, [event(10)], false).hasEarlier).toBe(false);
    expect(withEarlier(window, [event(5)], true).hasEarlier).toBe(false);
  });
});

describe('escape sequences', () => {
  test('become colours of the theme', () => {
    const parts = colourParts('\u001b[1m\u001b[31mred\u001b[0m plain \u001b[38;2;1;2;3mexact\u001b[0m');
    expect(parts).toEqual([
      { text: 'red', color: 'var(--ansi-red)', bold: true, dim: false },
      { text: ' plain ', color: undefined, bold: false, dim: false },
      { text: 'exact', color: 'rgb(1, 2, 3)', bold: false, dim: false },
    ]);
  });

  test('leave nothing behind in plain text', () => {
    expect(plainText('\u001b]0;title\u0007\u001b[2K\u001b[1;32mok\u001b[0m')).toBe('ok');
  });
});
