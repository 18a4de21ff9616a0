const maxLength = 63;

/** A readable, URL-safe name made from any text: lower-case letters, digits and dashes, at most 63. */
export function slug(text: string): string {
  const ascii = text.normalize('NFKD').replaceAll(/\p{Mark}/gu, '');
  const dashed = ascii.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return dashed.slice(0, maxLength).replaceAll(/^-+|-+$/g, '') || 'alias';
}

/** `wanted`, or the first of `wanted-2`, `wanted-3` … that is not taken. */
export function firstFree(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  for (let number = 2; ; number++) {
    const suffix = `-${number}`;
    const candidate = wanted.slice(0, maxLength - suffix.length) + suffix;
    if (!taken.has(candidate)) return candidate;
  }
}
