/** The identity provider cannot be asked now: it does not answer, or not in a way that anybody could use. */
export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';
}

/** Remembers a failure for a while, so that strangers cannot make us ask one that is down again and again. */
export class FailureMemory {
  readonly #ms: number;
  #failure: { error: unknown; until: number } | undefined;

  constructor(ms: number) {
    this.#ms = ms;
  }

  async ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    if (this.#failure && performance.now() < this.#failure.until) throw this.#failure.error;
    try {
      const answer = await question();
      this.#failure = undefined;
      return answer;
    } catch (error) {
      this.#failure = { error, until: performance.now() + this.#ms };
      throw error;
    }
  }
}

/** The words of an error of the OpenID libraries, which wrap what a socket or a provider said. */
export function reasonOf(error: unknown): string {
  const { message, error_description: description, cause } = error as Error & { error_description?: string };
  if (description) return description;
  return cause instanceof Error ? `${message}: ${reasonOf(cause)}` : message;
}
