/**
 * Search parameters stay plain text (`?status=failed,stopped&page=2`), so that people can read, edit and share an address.
 * Each route's `validateSearch` reads them with these; what does not fit is dropped, never an error.
 */
export type RawSearch = Record<string, unknown>;

export function parseSearch(text: string): RawSearch {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: RawSearch): string {
  const out = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    const text = Array.isArray(value) ? value.join(',') : value;
    if (text !== undefined && text !== null && text !== '') out.set(key, String(text));
  }
  return out.size ? `?${out.toString().replaceAll('%2C', ',').replaceAll('%2F', '/')}` : '';
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function oneOf<Word extends string>(words: readonly Word[], value: unknown): Word | undefined {
  return words.find((word) => word === value);
}

export function someOf<Word extends string>(words: readonly Word[], value: unknown): Word[] | undefined {
  const given = Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [];
  const known = words.filter((word) => given.includes(word));
  return known.length ? known : undefined;
}

export function positive(value: unknown): number | undefined {
  const number = Number(value);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

/** Removes the undefined entries, which `exactOptionalPropertyTypes` tells apart from missing ones. */
export function defined<Shape extends object>(
  shape: Shape,
): { [Key in keyof Shape]?: Exclude<Shape[Key], undefined> } {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as never;
}
