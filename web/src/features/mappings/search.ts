import { defined, positive, type RawSearch, text } from '../../app/search.ts';

export interface MappingsSearch {
  q?: string;
  /** 1 is the first. */
  page?: number;
}

export function readMappingsSearch(search: RawSearch): MappingsSearch {
  return defined({ q: text(search.q), page: positive(search.page) });
}
