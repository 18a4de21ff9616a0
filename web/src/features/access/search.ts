import { defined, oneOf, type Paging, type RawSearch, readPaging, text } from '../../app/search.ts';

export const tabs = ['sso', 'networks', 'sharing'] as const;
export type Tab = (typeof tabs)[number];

/** The state of the Access page, as its address has it. All but the tab belongs to the list of projects. */
export interface AccessSearch extends Paging {
  tab?: Tab;
  q?: string;
  /** Only projects that are shared. */
  shared?: true;
  /** Id of the project whose shares are open. */
  project?: string;
}

export function readAccessSearch(search: RawSearch): AccessSearch {
  return defined({
    ...readPaging(search),
    tab: oneOf(tabs, search.tab),
    q: text(search.q),
    shared: search.shared === true || search.shared === 'true' ? (true as const) : undefined,
    project: text(search.project),
  });
}
