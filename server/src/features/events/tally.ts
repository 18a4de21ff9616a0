/** What became of the events of one batch. */
export class Tally {
  added = 0;
  readonly #refusals = new Map<string, number>();

  refuse(reason: string): void {
    // A batch can hold a different fault in each of its events; the answer has a limit.
    const known = this.#refusals.has(reason) || this.#refusals.size < maxReasons;
    const key = known ? reason : 'other reasons';
    this.#refusals.set(key, (this.#refusals.get(key) ?? 0) + 1);
  }

  /** As the protocol answers it: how many were added, how many refused, and for which reasons how often. */
  answer(): { added: number; errors: number; errors_info: Record<string, number> } {
    const counts = [...this.#refusals.values()];
    return {
      added: this.added,
      errors: counts.reduce((sum, count) => sum + count, 0),
      errors_info: Object.fromEntries(this.#refusals),
    };
  }
}

const maxReasons = 50;
