import type { MachineState } from '@arno/protocol';

const failuresBeforeEjection = 3;
const firstEjectionMs = 5_000;
const longestEjectionMs = 300_000;

/** What a failure says: no connection to the machine, none from the proxy before it, or a connection and no sensible answer. */
export type Trouble = 'unreachable' | 'behind a proxy' | 'misbehaving';

/** The result of asking a machine how it is. */
export interface Check {
  ok: boolean;
  /** What its health path answered with. */
  httpStatus?: number;
  durationMs: number;
  error?: string;
}

/**
 * Whether a machine gets calls. It is ejected after three failures in a row, for 5 seconds and twice as long each time after, up
 * to 5 minutes. Then it is on trial: one call at a time, and the first that ends decides. A good check ends the wait early when
 * the machine could not be reached; whether it answers sensibly only a call can tell.
 */
export class MachineHealth {
  readonly #now: () => number;
  #failures = 0;
  #silences = 0;
  #ejections = 0;
  /** Without a success in between. */
  #ejectionsInRow = 0;
  #ejectedUntil: number | undefined;
  #trouble: Trouble | undefined;
  #isTried = false;
  #lastError: { at: number; message: string } | undefined;
  #lastCheck: (Check & { at: number }) | undefined;

  /** @param now epoch milliseconds; tests move it */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  get state(): MachineState['state'] {
    if (this.#ejectedUntil === undefined) return 'healthy';
    return this.#now() < this.#ejectedUntil ? 'ejected' : 'trial';
  }

  /** Whether a call may be sent now. */
  get admits(): boolean {
    return this.#ejectedUntil === undefined || (this.state === 'trial' && !this.#isTried);
  }

  /** Milliseconds until a call may be sent again; another call's trial counts as none. */
  get waitMs(): number {
    return Math.max(0, (this.#ejectedUntil ?? 0) - this.#now());
  }

  /** A call is sent. Answers whether it is a trial. */
  begin(): boolean {
    if (this.#ejectedUntil === undefined) return false;
    this.#isTried = true;
    return true;
  }

  /** A call was answered. */
  succeeded(): void {
    this.#failures = 0;
    this.#silences = 0;
    this.#ejectionsInRow = 0;
    this.#ejectedUntil = undefined;
    this.#trouble = undefined;
    this.#isTried = false;
  }

  /** A call or a check failed because of the machine. */
  failed(trouble: Trouble, message: string): void {
    this.#lastError = { at: this.#now(), message };
    // Calls that were under way when it was ejected fail with the same cause.
    if (this.state === 'ejected') return;
    this.#failures++;
    this.#trouble = trouble;
    if (this.state === 'trial' || this.#failures >= failuresBeforeEjection) this.#eject();
  }

  /** A call got no answer in its time: its model is slow, or the machine hangs. */
  wasSilent(wasTrial: boolean, message: string): void {
    if (wasTrial) this.failed('misbehaving', message);
    else this.#silences++;
  }

  /** How many calls in a row got no answer since the last good check: a reason to ask others first. */
  get doubt(): number {
    return this.#silences;
  }

  /** A call ended for a reason that says nothing of the machine. */
  inconclusive(wasTrial: boolean): void {
    if (wasTrial) this.#isTried = false;
  }

  checked(check: Check): void {
    this.#lastCheck = { ...check, at: this.#now() };
    if (check.ok) this.#silences = 0;
    if (!check.ok) this.failed('unreachable', check.error ?? 'the check failed');
    else if (!this.#isCleared(check)) return;
    else if (this.state === 'ejected') this.#ejectedUntil = this.#now();
    else this.succeeded();
  }

  /** Whether a good check says that the trouble is over. That a proxy can be connected to says nothing of what is behind it. */
  #isCleared({ httpStatus }: Check): boolean {
    return (
      this.#trouble === 'unreachable' || (this.#trouble === 'behind a proxy' && httpStatus !== undefined)
    );
  }

  /** Whether something is wrong, and the machine should be looked at more often. */
  get isSuspect(): boolean {
    return this.#failures > 0;
  }

  report(): Omit<MachineState, 'pending'> {
    const { state } = this;
    return {
      state,
      ejections: this.#ejections,
      ...(this.#lastCheck && { last_check: wireCheck(this.#lastCheck) }),
      ...(state === 'ejected' && { ejected_until: iso(this.#ejectedUntil ?? 0) }),
      ...(this.#lastError && {
        last_error: { at: iso(this.#lastError.at), message: this.#lastError.message },
      }),
    };
  }

  #eject(): void {
    const exact = Math.min(firstEjectionMs * 2 ** this.#ejectionsInRow, longestEjectionMs);
    // Several servers, or several machines of one broken network, should not come back at the same moment.
    const jittered = exact * (0.9 + 0.2 * Math.random());
    this.#ejectedUntil = this.#now() + jittered;
    this.#ejections++;
    this.#ejectionsInRow++;
    this.#isTried = false;
  }
}

function wireCheck({ at, ok, durationMs, error }: Check & { at: number }) {
  return { at: iso(at), ok, duration_ms: durationMs, ...(error !== undefined && { error }) };
}

const iso = (time: number) => new Date(time).toISOString();
