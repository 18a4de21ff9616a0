import { type PersonOrigin, personOrders, personOrigins, type Role, roles } from '@arno/protocol';
import { defined, oneOf, type Paging, type RawSearch, readPaging, text } from '../../app/search.ts';

export const states = ['enabled', 'disabled'] as const;

/** The state of the list of users, as its address has it. */
export interface PeopleSearch extends Paging {
  q?: string;
  role?: Role;
  origin?: PersonOrigin;
  state?: (typeof states)[number];
  /** A column, with `-` before it for descending; by name without it. */
  order?: string;
}

export const DEFAULT_ORDER = 'name';

export function readPeopleSearch(search: RawSearch): PeopleSearch {
  const order = oneOf(
    personOrders.flatMap((each) => [each, `-${each}`]),
    search.order,
  );
  return defined({
    ...readPaging(search),
    q: text(search.q),
    role: oneOf(roles, search.role),
    origin: oneOf(personOrigins, search.origin),
    state: oneOf(states, search.state),
    order: order === DEFAULT_ORDER ? undefined : order,
  });
}
