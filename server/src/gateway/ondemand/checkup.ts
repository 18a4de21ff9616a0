import type { Checker } from './check.ts';
import type { Machine } from './machine.ts';

const everyMs = 10_000;
/** A machine that is in trouble is looked at more often, to know it for certain and to have it back soon. */
const suspectMs = 3_000;

/** Looks at one machine again and again, each time after a pause of a somewhat different length. */
export class Checkup {
  readonly #machine: Machine;
  readonly #checker: Checker;
  #timer: NodeJS.Timeout;
  #isRunning = false;
  #isStopped = false;

  constructor(machine: Machine, checker: Checker) {
    this.#machine = machine;
    this.#checker = checker;
    // Not at once: after a start of the server, or of its runtime, everything would be asked at the same moment.
    this.#timer = setTimeout(() => this.#run(), jittered(suspectMs));
  }

  /** Does not wait for the next time. A machine that can only be connected to has nothing more to say, so it is not asked. */
  soon(): void {
    if (this.#isRunning || this.#isStopped || !this.#machine.address.health_path) return;
    clearTimeout(this.#timer);
    void this.#run();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    const check = await this.#checker.check(this.#machine.address);
    this.#isRunning = false;
    if (this.#isStopped) return;
    const { health } = this.#machine;
    health.checked(check);
    this.#timer = setTimeout(() => this.#run(), jittered(health.isSuspect ? suspectMs : everyMs));
  }
}

const jittered = (ms: number) => ms * (0.8 + 0.4 * Math.random());
