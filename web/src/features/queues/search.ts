import { defined, oneOf, type Paging, type RawSearch, readPaging, text } from '../../app/search.ts';

const orderFields = ['name', 'depth', 'oldest', 'workers'] as const;
type OrderField = (typeof orderFields)[number];
export type QueueOrder = OrderField | `-${OrderField}`;
const orders: readonly QueueOrder[] = orderFields.flatMap((field) => [field, `-${field}` as const]);

/** The list of queues: what is looked for, its order, and whether a new one is being made. */
export interface QueuesSearch {
  q?: string;
  order?: QueueOrder;
  new?: true;
}

export function readQueuesSearch(search: RawSearch): QueuesSearch {
  const { q, order, new: isNew } = search;
  return defined({
    q: text(q),
    order: oneOf(orders, order),
    new: isNew === true || isNew === 'true' || undefined,
  });
}

/** What waits in a queue: what is looked for, and the page. */
export interface EntriesSearch extends Paging {
  q?: string;
}

export function readEntriesSearch(search: RawSearch): EntriesSearch {
  return { ...readPaging(search), ...defined({ q: text(search.q) }) };
}
