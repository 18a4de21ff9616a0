import type { IncomingMessage } from 'node:http';

/** How long the rest of a body is taken that nobody wants, so that its sender gets to read the answer. */
const drainMs = 5_000;

/** Takes what is left of the body of a request that was answered without it. */
export function drain(request: IncomingMessage): void {
  if (request.readableEnded || request.destroyed) return;
  // It was read, and only its end was not waited for.
  if (request.complete && request.readableLength === 0) return;
  const { socket } = request;
  const cut = setTimeout(() => socket.destroy(), drainMs);
  request.once('close', () => clearTimeout(cut));
  request.unpipe();
  request.resume();
}
