/** How much of a request or an answer the log of calls keeps, in characters. */
const maxCharacters = 16_000;

/** Only bodies up to this size are read for the log: reading one blocks everybody else for its time. */
export const maxReadBytes = 256 * 1024;

const secretWords =
  'token|authorization|api[-_]?key|access[-_]?key|private[-_]?key|credentials?|cookie|pwd|passphrase|passw(?:or)?d|secret';

/** Names of fields whose values are secrets. `max_tokens` is none. */
const secretName = new RegExp(`(?:${secretWords})$|secret|passw(?:or)?d`, 'i');

/** A text that gives a secret without being JSON: `access_token=…`, `{'password': …}`, `"token" "…"`. */
const givesSecret = new RegExp(`(?:${secretWords})(?:["'\`]|\\s*[:=])`, 'i');

/** Our own tokens, and JSON Web Tokens of any issuer: told by their shape, wherever they stand. */
const tokenShapes = /arno_[\w-]+|eyJ[\w-]+(?:\.[\w-]+)+/g;

const mask = '***';

export interface Body {
  /** All of it, or its beginning. */
  bytes: Buffer;
  /** Size of all of it. */
  size: number;
  contentType: string | undefined;
}

/**
 * What the log keeps of a body: the beginning of its JSON without secrets. Only JSON has fields that can be masked, so of
 * everything else it keeps one line with size and type.
 *
 * @param tokens what the caller proved its identity with
 */
export function excerpt({ bytes, size, contentType }: Body, tokens: readonly string[] = []): string {
  if (size === 0) return '';
  const isWhole = bytes.length === size && size <= maxReadBytes;
  const kept = isWhole ? maskedJson(bytes.toString('utf8')) : undefined;
  const type = contentType?.split(';')[0]?.trim().toLowerCase().slice(0, 100) || 'an unknown type';
  return storable(hideTokens(kept ?? `(${size} bytes of ${type})`, tokens)).slice(0, maxCharacters);
}

/** A text without the given tokens, and without anything that has the shape of one. */
export function hideTokens(text: string, tokens: readonly string[] = []): string {
  return tokens.reduce((hidden, token) => hidden.replaceAll(token, mask), text).replaceAll(tokenShapes, mask);
}

/** Text as PostgreSQL can store it: without NUL and without halves of surrogate pairs. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').replaceAll(/[\uD800-\uDFFF]/gu, '\uFFFD');
}

/** JSON with `***` for the value of each field that is named as a secret; undefined when the text is not JSON. */
function maskedJson(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text), (name, value) => {
      if (secretName.test(name)) return mask;
      return typeof value === 'string' ? maskedText(value) : value;
    });
  } catch {
    // Not JSON, or nested too deep to be written again.
    return undefined;
  }
}

/** A text inside JSON may be JSON itself: published blocks send their parameters like that. */
function maskedText(text: string): string {
  const inner = /^\s*["[{]/.test(text) ? maskedJson(text) : undefined;
  return inner ?? (givesSecret.test(text) ? mask : text);
}
