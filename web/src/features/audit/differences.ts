/** One line of what changed. A side is undefined where there was or is nothing. */
export interface Difference {
  /** Name of the field; inside of one `roles.Boss`. */
  field: string;
  before: unknown;
  after: unknown;
}

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const orNothing = (value: unknown) => value ?? undefined;

/**
 * The fields of an entry that say something, one line each. What is an object itself is taken apart one level deep, so that a list
 * of rights shows the one that changed.
 */
export function differencesOf({
  before = {},
  after = {},
}: {
  before?: Fields;
  after?: Fields;
}): Difference[] {
  return namesOf(before, after).flatMap((field) => {
    const [old, now] = [orNothing(before[field]), orNothing(after[field])];
    if (!isTakenApart(old, now))
      return isNothing(old) && isNothing(now) ? [] : [{ field, before: old, after: now }];
    const [inside, insideNow] = [isFields(old) ? old : {}, isFields(now) ? now : {}];
    return namesOf(inside, insideNow)
      .map((name) => ({
        field: `${field}.${name}`,
        before: orNothing(inside[name]),
        after: orNothing(insideNow[name]),
      }))
      .filter((line) => JSON.stringify(line.before) !== JSON.stringify(line.after));
  });
}

function namesOf(one: Fields, other: Fields): string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])];
}

function isTakenApart(before: unknown, after: unknown): boolean {
  const sides = [before, after].filter((side) => side !== undefined);
  return (
    sides.length > 0 && sides.every(isFields) && sides.some((side) => Object.keys(side as Fields).length > 0)
  );
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === '';
}

/**
 * A value in words where it has some, and as JSON where it has none.
 *
 * @param names of people by their ids
 */
export function shownValue(value: unknown, names: Readonly<Record<string, string>> = {}): string {
  if (typeof value === 'string') return names[value] ? `${names[value]} (${value.slice(0, 8)})` : value;
  if (Array.isArray(value)) {
    const isPlain = value.every((item) => typeof item !== 'object');
    return isPlain ? value.map((item) => shownValue(item, names)).join(', ') : JSON.stringify(value);
  }
  return typeof value === 'object' ? JSON.stringify(value, null, 2) : String(value);
}
