/** What a machine sent is no answer in HTTP/1.1, or one that could be read in two ways. */
export class BadAnswerError extends Error {
  readonly code = 'BAD_HTTP';
}

/** The headers of an answer that were asked for, by their names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string>>;

/** The head of an answer: what it says of the answer, of its body, and of the connection. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** How the body ends: there is none, or after its length, or after its last chunk, or with the connection. */
  readonly body: 'none' | 'content' | 'chunks' | 'rest';
  /** Bytes of the content. */
  readonly length: number;
  /** How long the connection is kept for another request; 0 when it must not be used again. */
  readonly idleMs: number;
}

/** A server that says for how long it keeps a connection is believed, but for this: it may close it while a request is on its way. */
const keepAliveMarginMs = 1_000;
const maxIdleMs = 60_000;

const beginning = 'HTTP/1.';
const noHttp = 'the answer does not begin with HTTP/1.1 and a status';
const statusLine = /^HTTP\/1\.[01] [1-9]\d\d(?: |$)/;
/** Names and values as RFC 9110, 5.1 and 5.5 has them. */
const headerName = /^[!#$%&'*+.^_`|~\w-]+$/;
const notInLine = /[^\t\x20-\x7e\x80-\xff]/;

const bareLf = /(?:^|[^\r])\n/;
const closes = /(?:^|,)[\t ]*close[\t ]*(?:,|$)/i;
const keeps = /(?:^|,)[\t ]*keep-alive[\t ]*(?:,|$)/i;
const timeout = /(?:^|[\t ,])timeout=(\d{1,6})/i;

/** The headers that tell where the body ends, and what becomes of the connection then. */
interface Framing {
  isVersion11: boolean;
  length?: string;
  coding?: string;
  connection?: string;
  keepAlive?: string;
}

/**
 * @param text all of a head, with the empty line at its end
 * @param wanted headers that it has to tell, in lower case
 * @param defaultIdleMs how long a connection is kept whose server does not say how long it keeps it
 * @throws BadAnswerError
 */
export function readHead(text: string, wanted: ReadonlySet<string>, defaultIdleMs: number): AnswerHead {
  const lineEnd = text.indexOf('\r\n');
  const line = text.slice(0, lineEnd);
  if (!statusLine.test(line) || notInLine.test(line)) throw new BadAnswerError(noHttp);
  const status = Number(line.slice(9, 12));
  const framing: Framing = { isVersion11: line[7] === '1' };
  const headers = readHeaders(text, lineEnd + 2, wanted, framing);
  if (status === 101) throw new BadAnswerError('the answer is an upgrade that nobody asked for');
  // An interim answer says nothing of a body.
  if (status < 200) return { status, headers, body: 'none', length: 0, idleMs: 0 };
  const length = lengthIn(framing);
  const body = bodyKind(status, framing, length);
  // Should a body come where there is none, it would be taken for the next answer.
  const isUnsure = body === 'none' && (framing.coding !== undefined || length > 0);
  return { status, headers, body, length, idleMs: isUnsure ? 0 : idleAfter(framing, defaultIdleMs) };
}

/** The wanted headers of a head; those that tell where its body ends go into `framing`. */
function readHeaders(
  text: string,
  start: number,
  wanted: ReadonlySet<string>,
  framing: Framing,
): AnswerHeaders {
  const headers: Record<string, string> = {};
  const end = text.length - 2;
  // Cut by hand: the arrays of a pattern with groups would take more memory than all else of a call in the parser.
  for (let at = start, next = 0; at < end; at = next) {
    const lineEnd = text.indexOf('\r\n', at);
    next = lineEnd + 2;
    const colon = text.indexOf(':', at);
    const name = text.slice(at, colon).toLowerCase();
    const value = withoutPadding(text, colon + 1, lineEnd);
    // Also a colon of a later line is none of this one.
    if (colon > lineEnd || !headerName.test(name) || notInLine.test(value)) {
      throw new BadAnswerError('a header of the answer is malformed');
    }
    if (name === 'content-length') framing.length = joined(framing.length, value);
    else if (name === 'transfer-encoding') framing.coding = joined(framing.coding, value);
    else if (name === 'connection') framing.connection = joined(framing.connection, value);
    else if (name === 'keep-alive') framing.keepAlive = value;
    if (wanted.has(name)) headers[name] = joined(headers[name], value);
  }
  return headers;
}

/** Of the content; 0 when none is told. */
function lengthIn({ isVersion11, length, coding }: Framing): number {
  if (length !== undefined && coding !== undefined) {
    throw new BadAnswerError('the answer has both a content-length and a transfer-encoding');
  }
  if (coding !== undefined && (!isVersion11 || coding.toLowerCase() !== 'chunked')) {
    throw new BadAnswerError('the answer has a transfer-encoding other than chunked');
  }
  if (length !== undefined && !/^\d{1,15}$/.test(length)) {
    throw new BadAnswerError('the content-length of the answer is no number');
  }
  return Number(length ?? 0);
}

/** How the body ends: RFC 9112, 6.3. */
function bodyKind(status: number, framing: Framing, length: number): AnswerHead['body'] {
  if (status === 204 || status === 304) return 'none';
  if (framing.coding !== undefined) return 'chunks';
  if (framing.length === undefined) return 'rest';
  return length === 0 ? 'none' : 'content';
}

/** What becomes of the connection: RFC 9112, 9.3. */
function idleAfter({ isVersion11, connection = '', keepAlive = '' }: Framing, defaultIdleMs: number): number {
  const isKept = !closes.test(connection) && (isVersion11 || keeps.test(connection));
  if (!isKept) return 0;
  const [, seconds] = timeout.exec(keepAlive) ?? [];
  if (seconds === undefined) return defaultIdleMs;
  return Math.min(Math.max(Number(seconds) * 1000 - keepAliveMarginMs, 0), maxIdleMs);
}

/** @throws BadAnswerError when the beginning of a head can be none: to wait for its end would be to wait for the deadline */
export function requireBeginning(bytes: Buffer): void {
  const text = bytes.toString('latin1');
  const lineEnd = text.indexOf('\n');
  const isStatus = lineEnd < 0 || statusLine.test(text.slice(0, lineEnd - 1));
  if (!isStatus || !beginning.startsWith(text.slice(0, beginning.length))) throw new BadAnswerError(noHttp);
  if (bareLf.test(text)) throw new BadAnswerError('a line of the answer does not end with CR LF');
}

/** A part of a line without the spaces and tabs around it, and only those: whatever else stands there is no padding. */
function withoutPadding(text: string, start: number, end: number): string {
  let [first, last] = [start, end];
  while (first < last && isPadding(text.charCodeAt(first))) first++;
  while (last > first && isPadding(text.charCodeAt(last - 1))) last--;
  return text.slice(first, last);
}

function isPadding(code: number): boolean {
  return code === 32 || code === 9;
}

/** A header that came more than once: RFC 9110, 5.3. */
function joined(former: string | undefined, value: string): string {
  return former === undefined ? value : `${former}, ${value}`;
}
