import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyReply } from 'fastify';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CallEnd } from './call-end.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const newReply = () => ({ raw: new ServerResponse(new IncomingMessage(new Socket())) }) as FastifyReply;

/** A call with a deadline of one second, and what its worker is told. */
function begin(reply = newReply()) {
  const end = new CallEnd(reply, 1000);
  const told: string[] = [];
  end.passTo(({ code, message }) => void told.push(`${code}: ${message}`));
  return { end, told, raw: reply.raw };
}

test('a call ends when its deadline has passed, once', () => {
  const { end, told, raw } = begin();
  vi.advanceTimersByTime(999);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  end.cancel();
  raw.destroy();
  expect(told).toEqual(['deadline_exceeded: the model did not answer within 1000 ms']);
});

test('a stream of events outlives the deadline while it is never silent for so long', () => {
  const { end, told } = begin();
  for (let event = 0; event < 6; event++) {
    vi.advanceTimersByTime(900);
    end.prolong();
  }
  vi.advanceTimersByTime(999);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual(['deadline_exceeded: the model was silent for 1000 ms']);
});

test('nothing comes too late for a call that goes another way', () => {
  const { end, told } = begin();
  end.lift();
  vi.advanceTimersByTime(5000);
  expect([told, end.reason]).toEqual([[], undefined]);
});

test('who takes over a call that has ended is told at once', () => {
  const { end } = begin();
  vi.advanceTimersByTime(1000);
  const late: string[] = [];
  end.passTo(({ code }) => void late.push(code));
  expect(late).toEqual(['deadline_exceeded']);
});
