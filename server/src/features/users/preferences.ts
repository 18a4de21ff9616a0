import { ClearmlError } from '../../clearml/errors.ts';

export type Preferences = Record<string, unknown>;

/** What a browser may leave here of one person. */
const maxBytes = 256 * 1024;

/**
 * Preferences with changes merged in: objects merge key by key at every level, null removes a key, everything else replaces
 * what was there.
 *
 * @throws ClearmlError 400/305 when the result is too large
 */
export function mergedPreferences(before: Preferences, changes: Preferences): Preferences {
  const after = merged(before, changes);
  if (Buffer.byteLength(JSON.stringify(after)) > maxBytes) {
    throw new ClearmlError('invalid_preferences_update', `preferences: at most ${maxBytes} bytes in all`);
  }
  return after;
}

function merged(before: Preferences, changes: Preferences): Preferences {
  // Names come from a browser: one such as __proto__ must stay a name.
  const result = new Map(Object.entries(before));
  for (const [key, value] of Object.entries(changes)) {
    const old = result.get(key);
    if (value === null) result.delete(key);
    else result.set(key, isObject(value) ? merged(isObject(old) ? old : {}, value) : value);
  }
  return Object.fromEntries(result);
}

function isObject(value: unknown): value is Preferences {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
