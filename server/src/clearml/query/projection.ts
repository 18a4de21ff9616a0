import { ClearmlError } from '../errors.ts';
import type { Document } from '../wire.ts';
import type { Entity } from './entity.ts';

/** Which fields an answer carries. */
export interface Projection {
  /** Top-level fields to select. */
  fields: string[];
  /** The dotted paths that were asked for. */
  paths: string[];
  /** Cuts a selected document down to the dotted paths that were asked for. */
  apply(document: Document): Document;
}

/**
 * Reads `only_fields`: dotted paths to keep, or `-path` to leave out. `id` is always there.
 *
 * @throws ClearmlError 400/14 for an unknown top-level field
 */
export function projection(entity: Entity, onlyFields: unknown): Projection {
  const names = [onlyFields ?? []].flat().map(String);
  const excluded = names.filter((name) => name.startsWith('-')).map((name) => name.slice(1));
  const included = names.filter((name) => !name.startsWith('-'));
  const unknown = [...included, ...excluded].map(top).filter((name) => !Object.hasOwn(entity.fields, name));
  if (unknown.length > 0) throw new ClearmlError('invalid_fields', `${unknown.join(', ')} in only_fields`);
  const all = included.length > 0 ? ['id', ...included.map(top)] : Object.keys(entity.fields);
  const fields = [...new Set(all)].filter((name) => !excluded.includes(name));
  const paths = included.filter((name) => name.includes('.') && !included.includes(top(name)));
  return {
    fields,
    paths: included.filter((name) => name.includes('.')),
    apply: (document) => {
      const kept = paths.length > 0 ? keep(document, paths) : document;
      for (const path of excluded.filter((name) => name.includes('.'))) remove(kept, path.split('.'));
      return kept;
    },
  };
}

function top(path: string): string {
  return path.split('.', 1)[0] ?? path;
}

/** Clients dereference the parent of what they asked for, so a parent stays also where the value itself is missing. */
function keep(document: Document, paths: readonly string[]): Document {
  const partial = new Set(paths.map(top));
  const result: Document = Object.fromEntries(
    Object.entries(document).filter(([name]) => !partial.has(name)),
  );
  for (const path of paths) copy(document, result, path.split('.'));
  return result;
}

function copy(source: Document, target: Document, [head = '', ...rest]: string[]): void {
  if (head === '__proto__') return;
  const value = source[head];
  if (rest.length === 0) {
    if (value !== undefined) target[head] = value;
    return;
  }
  // Lists are not cut: no client asks for a part of their items. What is no object has no parts at all.
  if (Array.isArray(value)) {
    target[head] = value;
    return;
  }
  if (value !== undefined && value !== null && typeof value !== 'object') return;
  const next = (target[head] as Document | undefined) ?? {};
  target[head] = next;
  copy((value as Document | undefined) ?? {}, next, rest);
}

function remove(document: Document, [head = '', ...rest]: string[]): void {
  if (rest.length === 0) {
    delete document[head];
    return;
  }
  const child = document[head];
  if (child !== null && typeof child === 'object' && !Array.isArray(child)) remove(child as Document, rest);
}
