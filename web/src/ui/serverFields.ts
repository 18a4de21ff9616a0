/** The form's field for `limits.per_minute`: itself, or the nearest part of the form that holds it. */
export function fieldOf(
  values: object,
  serverField: string,
  names: Readonly<Record<string, string>> = {},
): string | undefined {
  const parts = serverField.split('.');
  for (let length = parts.length; length > 0; length -= 1) {
    const path = parts.slice(0, length).join('.');
    const field = (Object.hasOwn(names, path) && names[path]) || path;
    if (holds(values, field)) return field;
  }
  return undefined;
}

function holds(values: object, path: string): boolean {
  let inside: unknown = values;
  for (const part of path.split('.')) {
    if (typeof inside !== 'object' || inside === null || !Object.hasOwn(inside, part)) return false;
    inside = (inside as Record<string, unknown>)[part];
  }
  return true;
}
