import { defined, type RawSearch, text } from '../../app/search.ts';

export interface SettingsSearch {
  q?: string;
}

export function readSettingsSearch(search: RawSearch): SettingsSearch {
  return defined({ q: text(search.q) });
}
