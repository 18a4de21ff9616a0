/** How much of a request or an answer the log of calls keeps, in characters. */
const maxCharacters = 16_000;

/** How many bytes of a body suffice for its excerpt: four are the longest character of UTF-8. */
export const maxExcerptBytes = maxCharacters * 4;

const secretName =
  /(token|authorization|api[-_]?key|access[-_]?key|private[-_]?key|credentials?|cookie)"$|secret|passw(or)?d|passphrase/i;

// One JSON token: a text (perhaps cut off at its end), a bracket or separator, a number or word.
const jsonToken = /"(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s"{}[\],:]+/gs;

/**
 * What the log keeps of a body: the beginning of a text with the values of fields named as a secret masked, or one line about
 * anything that is not text. It reads tokens instead of parsing, because it works on the beginning only: the price is the same
 * for a body of 16 kB and one of 16 MiB.
 */
export function excerpt(body: Buffer, contentType: string | undefined): string {
  if (body.length === 0) return '';
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!isText(type)) return `(${body.length} bytes of ${type.slice(0, 100)})`;
  const beginning = body.subarray(0, maxExcerptBytes).toString('utf8').slice(0, maxCharacters);
  return storable(maskSecrets(beginning));
}

function isText(type: string): boolean {
  return type === '' || /^text\/|[/+]json$|^application\/x-ndjson$/.test(type);
}

/** Text as PostgreSQL can store it: without NUL and without halves of surrogate pairs. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').replaceAll(/[\uD800-\uDFFF]/gu, '\uFFFD');
}

/** A text that is JSON, or its beginning, with `"***"` for the value of each field that is named as a secret. */
export function maskSecrets(text: string): string {
  const tokens = [...text.matchAll(jsonToken)];
  let masked = '';
  let copied = 0;
  for (let index = 0; index < tokens.length; index++) {
    const isSecret = tokens[index + 1]?.[0] === ':' && secretName.test(tokens[index]?.[0] ?? '');
    const value = isSecret ? tokens[index + 2] : undefined;
    if (!value) continue;
    index = endOfValue(tokens, index + 2);
    masked += `${text.slice(copied, value.index)}"***"`;
    const last = tokens[index];
    copied = last ? last.index + last[0].length : text.length;
  }
  return masked + text.slice(copied);
}

/** Index of the last token of the value that starts at `start`; past the end when the text is cut inside it. */
function endOfValue(tokens: readonly RegExpExecArray[], start: number): number {
  let depth = 0;
  for (let index = start; index < tokens.length; index++) {
    const token = tokens[index]?.[0];
    if (token === '{' || token === '[') depth++;
    if (token === '}' || token === ']') depth--;
    if (depth <= 0) return index;
  }
  return tokens.length;
}
