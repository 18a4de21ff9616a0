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

function positive(value: unknown): number | undefined {
  const number = Number(value);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

/** How many rows a page of a list may have, and has unless somebody chose otherwise. */
export const pageSizes = [10, 25, 50, 100] as const;
export type PageSize = (typeof pageSizes)[number];
export const DEFAULT_PAGE_SIZE: PageSize = 25;

/** Page (1 is the first) and rows on it; either is left out where it is the usual one. */
export interface Paging {
  page?: number;
  size?: PageSize;
}

export function readPaging({ page, size }: RawSearch): Paging {
  const wanted = positive(page);
  const known = pageSizes.find((each) => each === Number(size));
  return defined({
    page: wanted === 1 ? undefined : wanted,
    size: known === DEFAULT_PAGE_SIZE ? undefined : known,
  });
}

/** Removes the undefined entries, which `exactOptionalPropertyTypes` tells apart from missing ones. */
export function defined<Shape extends object>(
  shape: Shape,
): { [Key in keyof Shape]?: Exclude<Shape[Key], undefined> } {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as never;
}
