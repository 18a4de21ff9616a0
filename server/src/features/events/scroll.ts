import type { Static, TSchema } from 'typebox';
import Value from 'typebox/value';
import { ClearmlError } from '../../clearml/errors.ts';

/**
 * The protocol's `scroll_id`: where in a list the next page begins. It carries no right: each page is asked for with the
 * caller's own, so it needs no signature.
 */
export function toScrollId(position: object): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** The position of a `scroll_id`, undefined for the first page. */
export function fromScrollId<Schema extends TSchema>(
  scrollId: string | undefined,
  schema: Schema,
): Static<Schema> | undefined {
  if (!scrollId) return undefined;
  let position: unknown;
  try {
    position = JSON.parse(Buffer.from(scrollId, 'base64url').toString('utf8'));
  } catch {
    throw new ClearmlError('invalid_scroll_id', 'start again without scroll_id');
  }
  if (!Value.Check(schema, position)) {
    throw new ClearmlError('invalid_scroll_id', 'start again without scroll_id');
  }
  return position as Static<Schema>;
}
