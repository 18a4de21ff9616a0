/** A line is shown up to this many characters, and no more than this is kept of one that has no end. */
export const longestLine = 16_000;
const longestRest = 4 * longestLine;

/** What a terminal would show of a line in which carriage returns went back to the start. */
function visible(line: string): string {
  const text = line.replace(/\r+$/, '');
  return text.slice(text.lastIndexOf('\r') + 1);
}

/**
 * Makes lines from the bytes of one output: UTF-8 cut anywhere, invalid bytes replaced, the states of a progress bar
 * collapsed to its last one, endless lines bounded.
 */
export class LineAssembler {
  readonly #decoder = new TextDecoder('utf-8');
  #rest = '';
  #skipping = false;
  #shown: string | undefined;

  /** Lines that this chunk completed. */
  push(chunk: Uint8Array): string[] {
    return this.#take(this.#decoder.decode(chunk, { stream: true }));
  }

  /** The present state of a line that is being redrawn, once for each state; undefined for anything else. */
  progress(): string | undefined {
    if (!this.#rest.includes('\r')) return undefined;
    const state = visible(this.#rest);
    if (state === '' || state === this.#shown) return undefined;
    this.#shown = state;
    return state;
  }

  /** What remains when the output has ended. */
  end(): string[] {
    const lines = this.#take(this.#decoder.decode());
    const last = visible(this.#rest);
    this.#rest = '';
    return last === '' || last === this.#shown ? lines : [...lines, last];
  }

  #take(text: string): string[] {
    const parts = (this.#rest + text).split('\n');
    this.#rest = parts.pop() ?? '';
    const lines = parts.flatMap((part) => this.#complete(part));
    if (this.#rest.length > longestRest) lines.push(...this.#shorten());
    return lines;
  }

  #complete(part: string): string[] {
    const line = visible(part);
    const repeated = this.#shown !== undefined && line === this.#shown;
    const dropped = this.#skipping || repeated;
    this.#skipping = false;
    this.#shown = undefined;
    return dropped ? [] : [line];
  }

  /** A bar's old states go; of a line that only grows, the start is shown once and the rest dropped. */
  #shorten(): string[] {
    const state = visible(this.#rest);
    if (state.length <= longestLine) {
      this.#rest = `\r${state}`;
      return [];
    }
    const lines = this.#skipping ? [] : [state];
    this.#skipping = true;
    this.#rest = '';
    return lines;
  }
}

/** Prepares a line for the console: secrets masked, then cut; PostgreSQL cannot store NUL. */
export function presentLine(line: string, secrets: readonly string[]): string {
  let text = line.replaceAll('\0', '\uFFFD').replace(/:\/\/[^\s/@:]+:[^\s/@]*@/g, '://***@');
  for (const secret of secrets) text = text.replaceAll(secret, '***');
  if (text.length <= longestLine) return text;
  const start = text.slice(0, longestLine).replace(/[\uD800-\uDBFF]$/, '');
  return `${start} … (${text.length - start.length} more characters)`;
}
