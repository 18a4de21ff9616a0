import type { RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import type { Arno } from '../lib/arno.ts';
import { logIn } from '../lib/console.ts';
import { sendBytes } from '../lib/gateway.ts';
import { residentMiB } from '../lib/process.ts';
import { publishModel, startMachine } from '../lib/publish.ts';
import { test as base, expect } from '../lib/test.ts';
import { until } from '../lib/wait.ts';

// Bodies that are far larger than what a stream may keep of them, several at a time, with a receiver that makes the sender wait.

const MiB = 1024 * 1024;
const bodyMiB = 64;
const count = 12;

const part = Buffer.alloc(MiB / 8, 'x');

/** One body; `onPart` is told of each part that its receiver asks for. */
function* parts(onPart: () => void) {
  for (let sent = 0; sent < bodyMiB * MiB; sent += part.length) {
    onPart();
    yield part;
  }
}

const test = base.extend<{ publish: (alias: string, answer: RequestListener) => Promise<void> }>({
  publish: async ({ arno }, use) => {
    const stops: (() => Promise<void>)[] = [];
    await use(async (alias, answer) => {
      const machine = await startMachine(answer);
      stops.push(() => machine.close());
      await publishModel(arno, await logIn(arno), { url: machine.url, alias });
    });
    for (const stop of stops) await stop();
  },
});

/** Waits until nobody is sent anything any more. */
async function untilStill(sent: () => number): Promise<void> {
  let before = -1;
  await until('the senders wait', () => {
    const isStill = sent() > 0 && sent() === before;
    before = sent();
    return isStill;
  });
}

/** The largest memory of the server until `work` is done. */
async function peakMiB(arno: Arno, work: Promise<unknown>): Promise<number> {
  let peak = 0;
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  work.then(over, over);
  await until('all bodies have arrived', async () => {
    peak = Math.max(peak, await residentMiB(arno.program));
    return isOver;
  });
  return peak;
}

const allOf = <Item>(item: () => Promise<Item>) => Promise.all(Array.from({ length: count }, item));

/** What a few streams may have on their way, and what V8 leaves lying about on a busy machine: not what goes through. */
const flatMiB = (count * bodyMiB) / 2;

test('large requests to a machine that reads later: the callers wait, memory stays flat', async ({
  arno,
  publish,
}) => {
  const held: (() => void)[] = [];
  await publish('reader', (request, response) => {
    let size = 0;
    held.push(() => {
      request.on('data', (chunk: Buffer) => {
        size += chunk.length;
      });
      request.on('end', () => response.end(String(size)));
    });
  });
  const before = await residentMiB(arno.program);
  let sent = 0;
  const body = () => Readable.from(parts(() => sent++));
  const sizes = allOf(async () => Number(await (await sendBytes(arno, 'reader', body())).text()));
  await until('the machine has all requests', () => held.length === count);
  await untilStill(() => sent);
  expect(sent * part.length).toBeLessThan((count * bodyMiB * MiB) / 2);

  const waiting = await residentMiB(arno.program);
  for (const read of held) read();
  const peak = Math.max(waiting, await peakMiB(arno, sizes));
  expect(await sizes).toEqual(Array(count).fill(bodyMiB * MiB));
  expect(peak - before).toBeLessThan(flatMiB);
});

test('large answers to callers who read later: the machine waits, memory stays flat', async ({
  arno,
  publish,
}) => {
  let sent = 0;
  await publish('writer', (request, response) => {
    request.resume();
    Readable.from(parts(() => sent++)).pipe(response);
  });
  const before = await residentMiB(arno.program);
  const answers = await allOf(() => sendBytes(arno, 'writer', '{}'));
  await untilStill(() => sent);
  expect(sent * part.length).toBeLessThan((count * bodyMiB * MiB) / 2);

  const waiting = await residentMiB(arno.program);
  const sizes = Promise.all(answers.map(sizeOf));
  const peak = Math.max(waiting, await peakMiB(arno, sizes));
  expect(await sizes).toEqual(Array(count).fill(bodyMiB * MiB));
  expect(peak - before).toBeLessThan(flatMiB);
});

async function sizeOf({ body }: Response): Promise<number> {
  let size = 0;
  for await (const chunk of body ?? []) size += chunk.length;
  return size;
}
