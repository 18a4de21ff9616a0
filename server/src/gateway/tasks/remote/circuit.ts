export interface CircuitOptions {
  /** Asks the peer anything. */
  probe(): Promise<unknown>;
  /** Whether an error says that the peer gave no answer. */
  isSilence(error: unknown): boolean;
  /** Told when the peer answers again. */
  onBack?: (() => void) | undefined;
  /** Milliseconds until the first probe; each further one comes twice as late, up to the longest. */
  firstMs?: number | undefined;
  longestMs?: number | undefined;
}

/** Silences in a row after which the peer is asked nothing more. */
const maxSilences = 3;

/** Nothing was asked, because the peer gave no answer lately. */
export class CircuitOpen extends Error {
  /** Seconds until it is probed again. */
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super('it gave no answer lately and is not asked before the next probe');
    this.retryAfter = retryAfter;
  }
}

/**
 * Spares callers the wait for a peer that hangs: after three silences in a row nothing is asked any more, until a probe in the
 * background was answered. Any answer counts, also a refusal.
 */
export class Circuit {
  readonly #options: CircuitOptions;
  #silences = 0;
  #pauseMs = 0;
  #probing: NodeJS.Timeout | undefined;
  #nextProbe = 0;

  constructor(options: CircuitOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#probing !== undefined;
  }

  /** @throws CircuitOpen, and what `work` does */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.isOpen) {
      const seconds = Math.ceil((this.#nextProbe - performance.now()) / 1000);
      throw new CircuitOpen(Math.max(1, seconds));
    }
    return this.#judged(work);
  }

  /** Probes no more. */
  close(): void {
    clearTimeout(this.#probing);
  }

  async #judged<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      const result = await work();
      this.#answered();
      return result;
    } catch (error) {
      if (this.#options.isSilence(error)) this.#silent();
      else this.#answered();
      throw error;
    }
  }

  #answered(): void {
    this.#silences = 0;
    if (!this.isOpen) return;
    clearTimeout(this.#probing);
    this.#probing = undefined;
    this.#pauseMs = 0;
    this.#options.onBack?.();
  }

  #silent(): void {
    this.#silences++;
    if (this.#silences >= maxSilences && !this.isOpen) this.#probeLater();
  }

  #probeLater(): void {
    const { firstMs = 5_000, longestMs = 60_000 } = this.#options;
    this.#pauseMs = Math.min(Math.max(firstMs, this.#pauseMs * 2), longestMs);
    this.#nextProbe = performance.now() + this.#pauseMs;
    this.#probing = setTimeout(() => {
      this.#judged(this.#options.probe).catch(() => this.isOpen && this.#probeLater());
    }, this.#pauseMs).unref();
  }
}
