/** Settings on their way into a configuration. */
export interface Reading {
  /** The text of a setting, or its default. */
  value: (name: string) => string;
  /** Whether the environment sets it. */
  isGiven: (name: string) => boolean;
  /** Notes a fault when something is not as it must be. */
  check: (ok: boolean, fault: string) => void;
}

/** A whole number within bounds. @param what what it counts, such as `seconds`, for the fault */
export function readNumber(
  name: string,
  { value, check }: Reading,
  { min, max, what }: { min: number; max: number; what: string },
): number {
  const number = Number(value(name));
  const valid = Number.isInteger(number) && number >= min && number <= max;
  check(valid, `${name} must be ${what} from ${min} to ${max}, not "${value(name)}"`);
  return number;
}

/** One of a few words. */
export function readOneOf<Word extends string>(
  words: readonly Word[],
  name: string,
  { value, check }: Reading,
): Word {
  const word = value(name);
  check(
    (words as readonly string[]).includes(word),
    `${name} must be one of ${words.join(', ')}, not "${word}"`,
  );
  return word as Word;
}

/** What stands between spaces and commas. */
export function wordsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}
