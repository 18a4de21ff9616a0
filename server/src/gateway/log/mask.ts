import { storable } from '../../platform/database.ts';

/** Only bodies up to this size are read for the log: reading one blocks everybody else for its time. */
export const maxReadBytes = 256 * 1024;

const secretWords =
  'token|authorization|api[-_]?key|access[-_]?key|private[-_]?key|credentials?|cookie|pwd|passphrase|passw(?:or)?d|secret';

/** Names of fields whose values are secrets. `max_tokens` is none. */
const secretName = new RegExp(`(?:${secretWords})$|secret|passw(?:or)?d`, 'i');

/** A text that gives a secret without being JSON: `access_token=…`, `{'password': …}`, `"token" "…"`. */
const givesSecret = new RegExp(`(?:${secretWords})(?:["'\`]|\\s*[:=])`, 'i');

/** JSON without any of the words holds no secret by name, unless it hides them behind escapes. */
const mayHoldSecret = new RegExp(`\\\\|${secretWords}`, 'i');

const schemes = '(?:basic|bearer|digest)';

/** Where plain texts, such as errors and addresses, give secrets: a query string, JSON, a header, the user of an address. */
const secretsInText: [pattern: RegExp, shown: string][] = [
  [new RegExp(`((?:${secretWords})=)[^\\s&;"']+`, 'gi'), '$1***'],
  [new RegExp(`((?:${secretWords})["']\\s*:\\s*)(["'])(?:(?!\\2).)*\\2`, 'gi'), '$1$2***$2'],
  [
    new RegExp(`((?:${secretWords})\\s*:\\s*(?:${schemes}\\s+)?)(?!${schemes}\\s)[^\\s,;"'{}[\\]]{6,}`, 'gi'),
    '$1***',
  ],
  [/(bearer +)[\w.~+/-]{16,}=*/gi, '$1***'],
  [/(:\/\/)[^\s/?#@]+@/g, '$1***@'],
];

/** What a text needs to have for anything in it to be hidden or left out; most bodies have none of it, which one look tells. */
const mayNeedChange = new RegExp(`arno(?:key)?_|eyJ|\\0|[\\ud800-\\udfff]|\\\\|${secretWords}`, 'i');

/** Our own tokens, and JSON Web Tokens of any issuer: told by their shape, wherever they stand. */
const tokenShapes = /arno(?:key)?_[\w-]+|eyJ[\w-]+(?:\.[\w-]+)+/g;

/** What each of the patterns above needs. Most facts of a call have none of it, which one look tells. */
const mayGiveSecret = new RegExp(`arno(?:key)?_|eyJ|=|["']\\s*:|bearer|@|(?:${secretWords})\\s*:`, 'i');

/** What PostgreSQL cannot store. */
const notStorable = /[\0\ud800-\udfff]/;

const jsonType = /^application\/(?:[\w.-]+\+)?json\b/i;

const mask = '***';

/** Access tokens with many claims are this long. */
const maxTokenChars = 16_384;

export interface Body {
  /** All of it, or its beginning. */
  bytes: Buffer;
  /** Size of all of it. */
  size: number;
  contentType: string | undefined;
}

/**
 * What the log keeps of a body: the beginning of its JSON without secrets. Only JSON has fields that can be masked, so of
 * everything else it keeps one line with size and type. What is called JSON and has nothing to mask is kept as it is, well written
 * or not.
 *
 * @param maxChars characters that are kept
 * @param tokens what the caller proved its identity with
 */
export function excerpt(
  { bytes, size, contentType }: Body,
  maxChars: number,
  tokens: readonly string[] = [],
): string {
  if (size === 0) return '';
  const isWhole = bytes.length === size && size <= maxReadBytes;
  // More than is kept: a token at the cut must not leave a part of itself, and hiding one moves up what follows it.
  const lookedAt = maxChars + maxTokenChars;
  const whole = isWhole ? bytes.toString('utf8') : '';
  if (isHarmless(whole, tokens) && (jsonType.test(contentType ?? '') || parses(whole)))
    return whole.length > maxChars ? detached(whole.slice(0, maxChars)) : whole;
  const kept = isWhole ? maskedJson(whole, lookedAt) : undefined;
  const type = contentType?.split(';')[0]?.trim().toLowerCase().slice(0, 100) || 'an unknown type';
  const text = (kept ?? `(${size} bytes of ${type})`).slice(0, lookedAt);
  return detached(storable(hideTokens(text, tokens)).slice(0, maxChars));
}

/** A copy: what is cut from a text keeps all of that text in memory, and a row may wait for its write. */
function detached(text: string): string {
  return Buffer.from(text).toString();
}

/** Whether a small text has nothing that is hidden in JSON or left out. */
function isHarmless(text: string, tokens: readonly string[]): boolean {
  if (text === '' || text.length > maxTokenChars || mayNeedChange.test(text)) return false;
  return !tokens.some((token) => text.includes(token));
}

/**
 * What the log keeps of a text of ours, such as a name or an error.
 *
 * @param maxChars characters that are kept
 */
export function shownText(text: string, maxChars: number, tokens: readonly string[] = []): string {
  const shown = isPlain(text) ? withoutGiven(text, tokens) : storable(hideSecrets(text, tokens));
  return shown.length > maxChars ? shown.slice(0, maxChars) : shown;
}

/** Names of mappings and addresses of machines come with each of their calls, and are the same texts each time. */
const plainNames = new Set<string>();
const maxPlainNames = 1000;
const maxNameChars = 200;

/** Whether there is nothing in a text that gives a secret, or that PostgreSQL cannot store. */
function isPlain(text: string): boolean {
  if (plainNames.has(text)) return true;
  if (mayGiveSecret.test(text) || notStorable.test(text)) return false;
  if (text.length <= maxNameChars) {
    // Strangers make up names too.
    if (plainNames.size >= maxPlainNames) plainNames.clear();
    plainNames.add(text);
  }
  return true;
}

/** A text without the given tokens, and without anything that has the shape of one. */
export function hideTokens(text: string, tokens: readonly string[] = []): string {
  return withoutGiven(text, tokens).replaceAll(tokenShapes, mask);
}

function withoutGiven(text: string, tokens: readonly string[]): string {
  // Most texts are shorter than a token.
  return tokens.reduce(
    (hidden, token) => (hidden.length < token.length ? hidden : hidden.replaceAll(token, mask)),
    text,
  );
}

/** A text of ours or of the system without tokens, and without the values that it gives to names of secrets. */
export function hideSecrets(text: string, tokens: readonly string[] = []): string {
  const rest = withoutGiven(text, tokens);
  if (!mayGiveSecret.test(rest)) return rest;
  return secretsInText.reduce(
    (hidden, [pattern, shown]) => hidden.replaceAll(pattern, shown),
    rest.replaceAll(tokenShapes, mask),
  );
}

/**
 * JSON with `***` for the value of each field that is named as a secret; undefined when the text is not JSON.
 *
 * @param shownChars how much of it anybody may see
 */
function maskedJson(text: string, shownChars = text.length): string | undefined {
  try {
    const content = JSON.parse(text);
    // Most bodies: writing one again takes several times as long as reading it.
    if (!mayHoldSecret.test(text.slice(0, shownChars))) return text;
    return JSON.stringify(content, function (this: unknown, name, value) {
      if (!Array.isArray(this) && secretName.test(name)) return mask;
      return typeof value === 'string' ? maskedText(value) : value;
    });
  } catch {
    // Not JSON, or nested too deep to be written again.
    return undefined;
  }
}

export function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A text inside JSON may be JSON itself: published blocks send their parameters like that. */
function maskedText(text: string): string {
  const inner = /^\s*["[{]/.test(text) ? maskedJson(text) : undefined;
  return inner ?? (givesSecret.test(text) ? mask : text);
}
