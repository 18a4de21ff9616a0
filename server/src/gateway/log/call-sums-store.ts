import type { Insertable } from 'kysely';
import type { Db, QueryConfig } from '../../platform/database.ts';
import type { DB } from '../../platform/schema.ts';
import type { CallSums } from './call-sums.ts';

/** Sums of a server that it has not written yet: the rows of their calls bear the number. */
export interface OpenSums {
  server: number;
  number: number;
  /** No call that began earlier has the number. */
  since: Date;
}

/** The columns of `call_changes` that the sums of new calls have, with their types. */
const types: Record<keyof CallSums, string> = {
  ids: 'text[]',
  company: 'text',
  kind: 'text',
  mapping_id: 'text',
  machine: 'text',
  user_id: 'text',
  key_id: 'text',
  alias: 'text',
  caller: 'text',
  hour: 'timestamptz',
  calls: 'bigint',
  completed: 'bigint',
  failed: 'bigint',
  aborted: 'bigint',
  lost: 'bigint',
  bytes_in: 'bigint',
  bytes_out: 'bigint',
  totals: 'jsonb',
  phases: 'jsonb',
};
const names = Object.keys(types) as (keyof CallSums)[];

/** How many rows a statement writes. Few sizes, because each connection keeps the plan of each; mostly there is one row. */
const sizes = [16, 4, 1] as const;
const texts = new Map<number, string>(sizes.map((size) => [size, textOf(size)]));

/** Begins sums of a server that has none, and answers their number. No call that began before `since` may get it. */
export function beginStatement(server: number, since: Date): QueryConfig {
  return {
    text: 'INSERT INTO open_call_sums (server, since) VALUES ($1, $2) RETURNING number',
    values: [server, since],
  };
}

/** Ends sums without calls, and answers their number; none when somebody else has ended them. */
export function endStatement({ server, number }: OpenSums): QueryConfig {
  return {
    text: 'DELETE FROM open_call_sums WHERE server = $1 AND number = $2 RETURNING number',
    values: [server, number],
  };
}

/**
 * Write sums and give those that follow a new number, which the first of them answers; `since` is when the first call of those can
 * have begun. One transaction. When somebody has counted the calls in the meantime, because the server seemed dead, they write
 * nothing and answer no number.
 */
export function turnStatements(
  { server, number }: OpenSums,
  since: Date,
  sums: readonly CallSums[],
): QueryConfig[] {
  const turn = {
    name: 'turn call sums',
    text: `UPDATE open_call_sums SET number = DEFAULT, since = $3, turned = now()
      WHERE server = $1 AND number = $2 RETURNING number`,
    values: [server, number, since],
  };
  const statements: QueryConfig[] = [turn];
  let written = 0;
  for (const size of sizes) {
    for (; sums.length - written >= size; written += size)
      statements.push(sumsStatement(server, sums.slice(written, written + size)));
  }
  return statements;
}

function sumsStatement(server: number, rows: readonly CallSums[]): QueryConfig {
  const values: unknown[] = [server];
  for (const row of rows) for (const name of names) values.push(row[name]);
  return { name: `sums of ${rows.length} series`, text: texts.get(rows.length) as string, values };
}

/** Only in a transaction that gave the server its next number. */
function textOf(size: number): string {
  let parameter = 1;
  const row = () => `(${names.map((name) => `$${++parameter}::${types[name]}`)})`;
  return `INSERT INTO call_changes (${names}) SELECT * FROM (VALUES ${Array.from({ length: size }, row)}) AS sums
    WHERE EXISTS (SELECT FROM open_call_sums WHERE server = $1 AND xmin = pg_current_xact_id()::xid)`;
}

/** Writes sums of calls that have no server to do it. */
export async function insertSums(db: Db, sums: readonly CallSums[]): Promise<void> {
  const rows = sums.map(
    ({ totals, phases, ...row }): Insertable<DB['call_changes']> => ({
      ...row,
      totals: JSON.stringify(totals),
      phases: JSON.stringify(phases),
    }),
  );
  for (let start = 0; start < rows.length; start += 1000)
    await db
      .insertInto('call_changes')
      .values(rows.slice(start, start + 1000))
      .execute();
}
