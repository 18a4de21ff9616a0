import { type RawBuilder, sql } from 'kysely';

/**
 * An expression that fails its statement, and with it the transaction, unless the condition holds: for statements that are sent
 * together, between which nothing here can look.
 */
export function onlyIf(condition: RawBuilder<unknown>): RawBuilder<number> {
  return sql`1 / (${condition})::int`;
}
