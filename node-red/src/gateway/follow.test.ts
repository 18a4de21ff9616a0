import type { CallDocument } from '@arno/protocol';
import { expect, test, vi } from 'vitest';
import { CallError } from '../http/call-error.ts';
import { follow } from './follow.ts';

const document = (status: string, progress?: number) => ({ call_id: 'c', status, progress }) as CallDocument;
const event = (...args: Parameters<typeof document>) =>
  `id: x\ndata: ${JSON.stringify(document(...args))}\n\n`;

/** A stream that ends, or breaks off with an error. */
async function* stream(...parts: (string | Error)[]) {
  for (const part of parts) {
    if (typeof part !== 'string') throw part;
    yield Buffer.from(part);
  }
}

function follower() {
  const seen: CallDocument[] = [];
  const controller = new AbortController();
  const onInterruption = vi.fn();
  return {
    seen,
    controller,
    signal: controller.signal,
    onInterruption,
    onChange: (changed: CallDocument) => seen.push(changed),
  };
}

const never = () => Promise.reject(new Error('not asked for'));

test('goes on after a stream that ended, broke off or could not be opened', async () => {
  const me = follower();
  const whole = event('running', 50);
  const opens = [
    () => stream(event('queued')),
    // In the middle of a character and of an event.
    () => stream(whole.slice(0, 20), whole.slice(20), new Error('reset')),
    () => {
      throw new CallError('away', { unanswered: true });
    },
    () => stream(event('running', 50), event('completed')),
  ];
  const open = async () => opens.shift()?.() ?? never();
  expect(await follow(me, { open, read: never })).toEqual(document('completed'));
  expect(me.seen.map(({ status }) => status)).toEqual(['queued', 'running', 'running', 'completed']);
  expect(me.onInterruption).toHaveBeenCalledTimes(2);
});

test('reads the document while no stream is to be had', async () => {
  const me = follower();
  const refused = new CallError('too many streams', { status: 429, retryAfterMs: 0 });
  const answers = [document('running'), document('failed')];
  const open = () => Promise.reject(refused);
  const read = vi.fn(async () => answers.shift() ?? never());
  expect(await follow(me, { open, read })).toEqual(document('failed'));
  expect(read).toHaveBeenCalledTimes(2);
});

test('ends when there is nothing to wait for, and when nobody waits', async () => {
  const unknown = new CallError('404: there is no call', { status: 404 });
  await expect(follow(follower(), { open: () => Promise.reject(unknown), read: never })).rejects.toBe(
    unknown,
  );
  const me = follower();
  const reason = new Error('cancelled');
  const waiting = follow(me, { open: () => new Promise((_, reject) => setTimeout(reject, 50)), read: never });
  me.controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});
