import { isDeepStrictEqual } from 'node:util';
import type { Document } from '../../clearml/wire.ts';

/** A column of a downloaded table: the dotted path of its field, its heading, and texts that stand for single values. */
export interface ColumnMapping {
  field: string;
  name?: string;
  values?: readonly { key: unknown; value: unknown }[];
}

/** The text of a cell: lists are joined by commas, objects stand as JSON, what is missing is empty. */
export function cellOf(document: Document, { field, values = [] }: ColumnMapping): string {
  const value = valueAt(document, field.split('.'));
  const mapped = values.find(({ key }) => isDeepStrictEqual(key, value));
  return text(mapped ? mapped.value : value);
}

/** A key may have dots of its own: the shortest one that exists is taken at each step. */
function valueAt(value: unknown, path: readonly string[]): unknown {
  if (path.length === 0) return value;
  if (value === null || typeof value !== 'object') return undefined;
  for (let length = 1; length <= path.length; length++) {
    const key = path.slice(0, length).join('.');
    if (Object.hasOwn(value, key)) return valueAt((value as Document)[key], path.slice(length));
  }
  return undefined;
}

function text(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(text).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
