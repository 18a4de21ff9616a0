/** What has been started, undone in reverse order. */
export class Started {
  readonly #steps: (() => Promise<void> | void)[] = [];

  add(stop: () => Promise<void> | void): void {
    this.#steps.push(stop);
  }

  async stop(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) await step();
  }
}
