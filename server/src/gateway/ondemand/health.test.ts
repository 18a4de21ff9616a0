import { expect, test } from 'vitest';
import { type Check, MachineHealth, type Trouble } from './health.ts';

const good: Check = { ok: true, durationMs: 1 };
const bad: Check = { ok: false, durationMs: 1, error: 'refused' };

function createHealth() {
  const clock = { now: 0 };
  const health = new MachineHealth(() => clock.now);
  const failTimes = (times: number, trouble: Trouble = 'misbehaving') => {
    for (let n = 0; n < times; n++) health.failed(trouble, 'broken');
  };
  const waitOut = () => {
    clock.now += health.waitMs;
  };
  return { clock, health, failTimes, waitOut };
}

test('three failures in a row eject a machine, a success in between does not let it come to that', () => {
  const { health, failTimes } = createHealth();
  failTimes(2);
  health.succeeded();
  failTimes(2);
  expect([health.state, health.admits]).toEqual(['healthy', true]);
  failTimes(1);
  expect([health.state, health.admits]).toEqual(['ejected', false]);
  expect(health.report()).toMatchObject({ ejections: 1, last_error: { message: 'broken' } });
});

test('the wait doubles with each trial that fails, up to five minutes, and a success forgets it', () => {
  const { health, failTimes, waitOut } = createHealth();
  failTimes(3);
  const waits: number[] = [];
  for (let n = 0; n < 8; n++) {
    waits.push(health.waitMs / 1000);
    waitOut();
    health.begin();
    failTimes(1);
  }
  const exact = [5, 10, 20, 40, 80, 160, 300, 300];
  for (const [n, wait] of waits.entries()) {
    expect(wait / (exact[n] ?? 0)).toBeGreaterThanOrEqual(0.9);
    expect(wait / (exact[n] ?? 0)).toBeLessThanOrEqual(1.1);
  }
  waitOut();
  health.begin();
  health.succeeded();
  failTimes(3);
  expect(health.waitMs).toBeLessThanOrEqual(5_500);
});

test('on trial one call is sent at a time, and one that says nothing makes room for the next', () => {
  const { health, failTimes, waitOut } = createHealth();
  failTimes(3);
  waitOut();
  expect([health.state, health.admits]).toEqual(['trial', true]);
  expect(health.begin()).toBe(true);
  expect(health.admits).toBe(false);
  health.inconclusive(true);
  expect(health.admits).toBe(true);
});

test('calls that were under way at an ejection do not make it longer, and one that succeeds ends it', () => {
  const { health, failTimes } = createHealth();
  failTimes(3);
  const { waitMs } = health;
  failTimes(5);
  expect([health.waitMs, health.report().ejections]).toEqual([waitMs, 1]);
  health.succeeded();
  expect(health.state).toBe('healthy');
});

test('good checks bring back a machine that could not be reached, and none that answers nonsense', () => {
  const { health, failTimes } = createHealth();
  for (let n = 0; n < 3; n++) health.checked(bad);
  expect(health.report()).toMatchObject({ state: 'ejected', last_check: { ok: false, error: 'refused' } });
  health.checked(good);
  expect(health.state).toBe('trial');
  health.checked(good);
  expect(health.state).toBe('healthy');
  failTimes(3, 'misbehaving');
  health.checked(good);
  expect(health.state).toBe('ejected');
});

test('behind a proxy, a machine is back when its health path answers, and not when the proxy can be connected to', () => {
  const { health, failTimes } = createHealth();
  failTimes(2, 'behind a proxy');
  health.checked(good);
  expect(health.isSuspect).toBe(true);
  failTimes(1, 'behind a proxy');
  health.checked(good);
  expect(health.state).toBe('ejected');
  health.checked({ ...good, httpStatus: 200 });
  expect(health.state).toBe('trial');
});
