import { type RawBuilder, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';

export interface Page {
  page?: number;
  page_size?: number;
}

const maxPage = 500;

/** One page of the rows that a query finds, in the order of their columns; with how many there are, and come after it. */
export async function pageOf<Row extends object>(
  scope: Scope,
  found: RawBuilder<unknown>,
  { page = 0, page_size = maxPage }: Page,
): Promise<{ items: Row[]; total: number; remaining: number }> {
  const size = Math.min(Math.max(page_size, 1), maxPage);
  const offset = Math.max(page, 0) * size;
  const { rows } = await sql<{ items: Row[]; total: number }>`
    WITH found AS (${found}),
      page AS (SELECT row_number() OVER (ORDER BY found) AS place, to_jsonb(found) AS item
               FROM found ORDER BY place LIMIT ${size} OFFSET ${offset})
    SELECT coalesce(jsonb_agg(item ORDER BY place), '[]') AS items, (SELECT count(*) FROM found) AS total
    FROM page`.execute(scope.db);
  const { items = [], total = 0 } = rows[0] ?? {};
  return { items, total, remaining: Math.max(total - offset - items.length, 0) };
}
