import type { FastifyRequest } from 'fastify';
import { storable } from '../platform/database.ts';
import { ClearmlError } from './errors.ts';
import { nestsDeeper } from './nesting.ts';

/** Far more than any client sends: what nests deep, such as a plot, is sent as a text. */
const maxLevels = 100;

/**
 * The request of a call. The body is JSON whatever its content type says (clients send GET with a body); query arguments are
 * merged into it, converted: digits become numbers, `true` and `false` booleans, repeated or `k[]` keys lists, dotted keys
 * nested objects.
 */
export function readRequest(request: FastifyRequest): Record<string, unknown> {
  const body = parseObject(text(request), 'body');
  for (const [key, value] of queryArguments(request)) {
    setPath(body, key.replace(/\[\]$/, '').split('.'), value);
  }
  return body;
}

/** The items of a JSON lines body, each an object; parsed each time that they are read. */
export class BatchItems implements Iterable<Record<string, unknown>> {
  readonly #request: FastifyRequest;

  constructor(request: FastifyRequest) {
    this.#request = request;
  }

  *[Symbol.iterator](): Generator<Record<string, unknown>> {
    let count = 0;
    for (const line of text(this.#request).split('\n')) {
      if (line.trim() === '') continue;
      count++;
      yield parseObject(line, `line ${count}`);
    }
    if (count === 0) throw new ClearmlError('batch_contains_no_items');
  }
}

function text(request: FastifyRequest): string {
  const { body } = request;
  return Buffer.isBuffer(body) ? body.toString('utf8') : '';
}

function parseObject(source: string, what: string): Record<string, unknown> {
  if (source.trim() === '') return {};
  if (nestsDeeper(source, maxLevels))
    throw new ClearmlError('validation_error', `the ${what} nests deeper than ${maxLevels} levels`);
  const value = parse(source, what);
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new ClearmlError('validation_error', `the ${what} must be a JSON object`);
  }
  return value as Record<string, unknown>;
}

function parse(source: string, what: string): unknown {
  // Only these escapes make text that PostgreSQL refuses. A reviver makes parsing several times slower.
  const reviver = source.includes('\\u') && /\\u(?:0000|d[89a-f])/i.test(source) ? storableItem : undefined;
  try {
    return JSON.parse(source, reviver);
  } catch {
    try {
      return JSON.parse(withoutNan(source), reviver);
    } catch {
      throw new ClearmlError('validation_error', `the ${what} is not valid JSON`);
    }
  }
}

/** Python writes NaN and infinities as bare words. They become null, which the handler then refuses by its field. */
function withoutNan(source: string): string {
  return source.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (token) =>
    token.startsWith('"') ? token : 'null',
  );
}

function storableItem(_key: string, item: unknown): unknown {
  return typeof item === 'string' ? storable(item) : item;
}

function* queryArguments(request: FastifyRequest): Generator<[string, unknown]> {
  for (const [key, value] of Object.entries(request.query as Record<string, string | string[]>)) {
    const list = Array.isArray(value) || key.endsWith('[]');
    yield [key, list ? [value].flat().map(convert) : convert(value)];
  }
}

function convert(text: string): unknown {
  const value = storable(text);
  if (/^-?\d{1,15}$/.test(value)) return Number(value);
  if (/^-?\d{1,15}\.\d{1,15}$/.test(value)) return Number(value);
  if (value === 'true' || value === 'false') return value === 'true';
  return value;
}

function setPath(target: Record<string, unknown>, path: string[], value: unknown): void {
  const [head = '', ...rest] = path;
  if (path.some((part) => part === '__proto__' || part === 'constructor' || part === 'prototype')) return;
  if (rest.length === 0) {
    target[head] = value;
    return;
  }
  const child = target[head];
  const next = child !== null && typeof child === 'object' ? (child as Record<string, unknown>) : {};
  target[head] = next;
  setPath(next, rest, value);
}
