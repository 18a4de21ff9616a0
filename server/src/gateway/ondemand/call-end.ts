import type { FastifyReply } from 'fastify';
import { GatewayError } from '../errors.ts';
import { callerGone } from './failures.ts';

/**
 * Ends a call before its answer has: when its deadline has passed, or its caller has gone. The deadline counts from the moment
 * the route is known to the last byte of the answer; in a stream of server-sent events, from one sign of life to the next.
 *
 * One after the other work on a call, so this tells one at a time. An AbortSignal would cost each call more than its routing.
 */
export class CallEnd {
  readonly #timer: NodeJS.Timeout;
  #reason: GatewayError | undefined;
  #worker: ((reason: GatewayError) => void) | undefined;
  #isProlonged = false;
  #onClose: (() => void) | undefined;

  constructor({ raw }: FastifyReply, deadlineMs: number) {
    this.#timer = setTimeout(() => {
      this.#end(this.#tooLate(deadlineMs));
      // A caller who does not take what was sent would keep it in memory.
      if (raw.headersSent) raw.destroy();
    }, deadlineMs);
    const close = () => {
      clearTimeout(this.#timer);
      if (!raw.writableFinished) this.#end(callerGone());
      this.#onClose?.();
    };
    // A caller may have gone while the route was looked up.
    if (raw.destroyed) close();
    else raw.on('close', close);
  }

  /** What the call fails with; undefined while it goes on. */
  get reason(): GatewayError | undefined {
    return this.#reason;
  }

  /** Who works on the call from now on, and stops when told so. Told at once when the call has ended already. */
  passTo(worker: (reason: GatewayError) => void): void {
    this.#worker = worker;
    if (this.#reason) worker(this.#reason);
  }

  /** Who is told when nothing of the call is left to do; one, and not when it is so already. */
  onClose(told: () => void): void {
    this.#onClose = told;
  }

  cancel(): void {
    this.#end(new GatewayError('cancelled', 'the call was cancelled'));
  }

  /** The stream of events lives: it may be silent for one more deadline. */
  prolong(): void {
    this.#isProlonged = true;
    this.#timer.refresh();
  }

  /** Nothing can come too late any more: the call goes another way. */
  lift(): void {
    clearTimeout(this.#timer);
  }

  #end(reason: GatewayError): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#worker?.(reason);
  }

  #tooLate(deadlineMs: number): GatewayError {
    const words = this.#isProlonged ? 'was silent for' : 'did not answer within';
    return new GatewayError('deadline_exceeded', `the model ${words} ${deadlineMs} ms`);
  }
}
