import type { QueryConfig } from '../../platform/database.ts';
import type { CallSums } from './call-sums.ts';

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

/**
 * Write the sums of new calls. They also set what holds for the whole transaction: the calls are counted already, and its commit
 * does not wait for the disk (see call-store.ts).
 */
export function sumsStatements(all: readonly CallSums[]): QueryConfig[] {
  const statements: QueryConfig[] = [];
  let written = 0;
  for (const size of sizes) {
    for (; all.length - written >= size; written += size) {
      statements.push(statementOf(all.slice(written, written + size)));
    }
  }
  return statements;
}

function statementOf(rows: readonly CallSums[]): QueryConfig {
  const values: unknown[] = [];
  for (const row of rows) {
    // Ids have nothing that must be quoted, for which the driver would look into each.
    for (const name of names) values.push(name === 'ids' ? `{${row.ids.join(',')}}` : row[name]);
  }
  return { name: `sums of ${rows.length} series`, text: texts.get(rows.length) as string, values };
}

function textOf(size: number): string {
  let parameter = 0;
  const row = () => `(${names.map((name) => `$${++parameter}::${types[name]}`)})`;
  return `INSERT INTO call_changes (${names}) SELECT * FROM (VALUES ${Array.from({ length: size }, row)}) AS sums
    WHERE set_config('synchronous_commit', 'off', true) = 'off' AND set_config('arno.calls_are_counted', 'on', true) = 'on'`;
}
