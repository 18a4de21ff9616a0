import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Circuit, CircuitOpen } from './circuit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const silence = new Error('silence');
const silent = async () => {
  throw silence;
};
const refused = async () => {
  throw new Error('refused');
};

function create(probe: () => Promise<unknown> = silent) {
  const probes: number[] = [];
  let times = 0;
  const circuit = new Circuit({
    probe: () => {
      probes.push(Date.now());
      return probe();
    },
    isSilence: (error) => error === silence,
    onBack: () => times++,
  });
  return { circuit, probes, back: () => times };
}

/** What becomes of several requests, one after the other. */
async function results(circuit: Circuit, ...works: (() => Promise<unknown>)[]) {
  const all: unknown[] = [];
  for (const work of works) all.push(await circuit.run(work).catch((error: Error) => error.constructor.name));
  return all;
}

it('asks nothing more after three silences in a row', async () => {
  const { circuit } = create();
  const asked = vi.fn(async () => 'answer');
  expect(await results(circuit, silent, silent, asked, silent, silent, asked)).toEqual([
    ...['Error', 'Error', 'answer', 'Error', 'Error', 'answer'],
  ]);
  expect(await results(circuit, silent, silent, refused, silent, silent, silent, asked)).toEqual([
    ...['Error', 'Error', 'Error', 'Error', 'Error', 'Error', 'CircuitOpen'],
  ]);
  expect(asked).toHaveBeenCalledTimes(2);
  await expect(circuit.run(asked)).rejects.toMatchObject({ retryAfter: 5 });
  circuit.close();
});

it('probes by itself, less and less often, until anything is answered', async () => {
  let answer = silent;
  const { circuit, probes, back } = create(() => answer());
  const start = Date.now();
  await results(circuit, silent, silent, silent);
  await vi.advanceTimersByTimeAsync(200_000);
  expect(probes.map((at) => (at - start) / 1000)).toEqual([5, 15, 35, 75, 135, 195]);
  await expect(circuit.run(silent)).rejects.toBeInstanceOf(CircuitOpen);
  answer = refused;
  await vi.advanceTimersByTimeAsync(60_000);
  expect([circuit.isOpen, back()]).toEqual([false, 1]);
  expect(await results(circuit, async () => 'answer')).toEqual(['answer']);
  await results(circuit, silent, silent, silent);
  await expect(circuit.run(silent)).rejects.toMatchObject({ retryAfter: 5 });
  circuit.close();
  await vi.advanceTimersByTimeAsync(200_000);
  expect(probes).toHaveLength(7);
});

it('is back at once when a request from before is answered after all', async () => {
  const { circuit, probes } = create();
  let answer = (_text: string) => {};
  const late = circuit.run(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  await results(circuit, silent, silent, silent);
  expect(circuit.isOpen).toBe(true);
  answer('late');
  expect([await late, circuit.isOpen]).toEqual(['late', false]);
  await vi.advanceTimersByTimeAsync(200_000);
  expect(probes).toEqual([]);
});
