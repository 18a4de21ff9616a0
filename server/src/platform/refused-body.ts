import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** A client that sends more than this, or takes longer, may find its connection closed before it has read the answer. */
const most = { bytes: 256 * 1024 * 1024, milliseconds: 30_000 };

/**
 * An answer to a request whose body nobody wants, as a stream for a reply with its length set: all of it at once, but it only
 * ends when the body has been read and thrown away. A connection that is closed while the client still sends would be reset, and
 * many clients then report a broken pipe and never read why.
 */
export function answerThenDrain(request: IncomingMessage, answer: string): Readable {
  return Readable.from(
    (async function* () {
      yield Buffer.from(answer);
      await drained(request);
    })(),
  );
}

function drained(request: IncomingMessage): Promise<void> {
  if (request.readableEnded || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let bytes = 0;
    const done = () => {
      clearTimeout(timer);
      request.off('data', count);
      resolve();
    };
    const count = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > most.bytes) done();
    };
    const timer = setTimeout(done, most.milliseconds);
    request.on('data', count);
    for (const event of ['end', 'close', 'error']) request.once(event, done);
    request.resume();
  });
}
