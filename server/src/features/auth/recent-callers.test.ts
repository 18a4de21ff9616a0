import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Caller } from '../../clearml/endpoint.ts';
import { rememberingCallers } from './recent-callers.ts';

const caller: Caller = { userId: 'u', userName: 'U', company: 'c', companyName: 'C', role: 'developer' };
const request = { ip: '127.0.0.1', headers: {} };

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

function counting() {
  const authenticate = vi.fn(async () => ({ ...caller }));
  return { authenticate, remembering: rememberingCallers(authenticate) };
}

it('asks again after five seconds, and for each token', async () => {
  const { authenticate, remembering } = counting();
  const first = await remembering('Bearer a', request);
  vi.advanceTimersByTime(4999);
  expect(await remembering('Bearer a', request)).toBe(first);
  await remembering('Bearer b', request);
  expect(authenticate).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(2);
  await remembering('Bearer a', request);
  expect(authenticate).toHaveBeenCalledTimes(3);
});

it('remembers neither refusals, nor key pairs, nor who speaks for others', async () => {
  const { authenticate, remembering } = counting();
  const others = { ...request, headers: { 'x-clearml-impersonate-as': 'somebody' } };
  for (let time = 0; time < 2; time++) {
    await remembering('Basic a', request);
    await remembering('Bearer a', others);
    authenticate.mockRejectedValueOnce(new Error('refused'));
    await expect(remembering('Bearer b', request)).rejects.toThrow('refused');
  }
  expect(authenticate).toHaveBeenCalledTimes(6);
});
