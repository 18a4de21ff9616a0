import { defined, oneOf, type Paging, type RawSearch, readPaging, text } from '../../app/search.ts';

export const accesses = ['anyone', 'listed', 'keys'] as const;
export type Access = (typeof accesses)[number];

/** The state of a list of mappings, as its address has it. */
export interface MappingsSearch extends Paging {
  q?: string;
  /** A column, with `-` before it for descending; the newest first without it. */
  order?: string;
  access?: Access;
  /** Default queue of task mappings. */
  queue?: string;
  /** Serving task of endpoints and machines. */
  serving?: string;
}

export function readMappingsSearch(search: RawSearch): MappingsSearch {
  const order = text(search.order);
  return defined({
    ...readPaging(search),
    q: text(search.q),
    order: order && /^-?[a-z_]+$/.test(order) ? order : undefined,
    access: oneOf(accesses, search.access),
    queue: text(search.queue),
    serving: text(search.serving),
  });
}

/** Whether the list shows less than all. */
export function isFiltered({ q, access, queue, serving }: MappingsSearch): boolean {
  return Boolean(q || access || queue || serving);
}
