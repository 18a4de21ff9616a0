// How the SDK writes the value of a parameter, and which type it notes beside the text to read it back as.

/** Lists as JSON, which is how the SDK reads them back; null as the empty text, which it reads as None. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * The type to note for a value: that of the parameter as long as it can hold the value, for a text may be meant as anything; else
 * that of the value. None for null, which would be read as an empty text otherwise.
 *
 * @param before the type that the template notes
 * @param isKnown whether the template has the parameter, with a type or without
 */
export function fittingType(
  value: unknown,
  before: string | undefined,
  isKnown: boolean,
): string | undefined {
  if (isKnown && typeof value === 'string') return before;
  const own = typeOf(value);
  const [kind = ''] = (before ?? '').split('/');
  if (kind === 'float' && own === 'int') return kind;
  return kind === 'tuple' && own?.startsWith('list') ? own.replace('list', kind) : own;
}

/** `list/int` for a list of nothing but integers. */
function typeOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) {
    const kinds = new Set(value.map((item) => typeOf(item)?.split('/')[0]));
    const [kind] = kinds;
    return kinds.size === 1 && kind !== undefined ? `list/${kind}` : 'list';
  }
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'number':
      // Larger ones are written with an exponent, which no int is read from.
      return Number.isSafeInteger(value) ? 'int' : 'float';
    case 'string':
      return 'str';
    default:
      return 'dict';
  }
}
