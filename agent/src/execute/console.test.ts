import { expect, test } from 'vitest';
import { type LogEvent, TaskConsole } from './console.ts';

function recording(send?: (events: LogEvent[]) => Promise<unknown>) {
  const batches: LogEvent[][] = [];
  const refused: unknown[] = [];
  const console = new TaskConsole({
    task: 't',
    worker: 'w',
    secrets: [],
    send: send ?? (async (events) => batches.push(events)),
    onRefused: (error) => refused.push(error),
  });
  return { console, batches, refused };
}

test('puts the headline at the top by its time and at the end by its place', async () => {
  const { console, batches } = recording();
  console.say('building');
  console.headline('no such package');
  await console.close();
  const events = batches.flat();
  const sorted = [...events].sort((a, b) => a.timestamp - b.timestamp).map((event) => event.msg);
  expect(sorted[0]).toBe('no such package');
  expect(sorted.at(-1)).toBe('no such package');
  expect(new Set(events.map((event) => event.timestamp)).size).toBe(events.length);
});

test('joins a burst of lines into few events with rising times that stay in the present', async () => {
  const { console, batches } = recording();
  const text = Array.from({ length: 20_000 }, (_, index) => `line ${index}`);
  for (let index = 0; index < text.length; index += 10) {
    await console.accept('stdout', Buffer.from(`${text.slice(index, index + 10).join('\n')}\n`));
  }
  await console.close();
  const events = batches.flat();
  expect(events.map((event) => event.msg).join('\n')).toBe(text.join('\n'));
  expect(events.length).toBeLessThan(text.length / 10);
  expect(events.at(-1)?.timestamp).toBeLessThan(Date.now() + 10);
  expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(500);
});

test('holds the task back while the server is away', async () => {
  let answer = () => {};
  const away = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const { console } = recording(() => away);
  let accepted = 0;
  const chunk = Buffer.from(`${'x'.repeat(999)}\n`.repeat(1000));
  const writer = (async () => {
    for (; accepted < 10; accepted++) await console.accept('stdout', chunk);
  })();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(accepted).toBeLessThan(6);
  answer();
  await writer;
  await console.close();
  expect(accepted).toBe(10);
});

test('says once that the server refused lines, and goes on', async () => {
  const { console, refused } = recording(() => Promise.reject(new Error('published')));
  console.say('one');
  await console.close();
  console.say('two');
  await console.close();
  expect(refused).toHaveLength(1);
});
