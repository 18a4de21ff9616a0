import type { Pool } from '../src/platform/database.ts';

interface Statement {
  text: string;
  values: unknown[];
}

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Plan[];
}

/** How PostgreSQL ran a statement. */
export interface Explained {
  text: string;
  /** Of the tables that were asked for: how each was read. */
  scans: { how: string; index?: string | undefined; rows: number }[];
  /** The most rows that were sorted at once. */
  sorted: number;
}

/** Notes the statements that go to the database while `work` runs. */
export async function statementsOf(pool: Pool, work: () => Promise<unknown>): Promise<Statement[]> {
  const noted: Statement[] = [];
  const wrapped = new Map<object, unknown>();
  const wrap = (client: { query: (...given: never[]) => unknown }) => {
    if (wrapped.has(client)) return;
    const { query } = client;
    wrapped.set(client, query);
    client.query = (...given: never[]) => {
      const [first, values] = given as unknown[] as [string | Statement, unknown[] | undefined];
      if (typeof first === 'string') noted.push({ text: first, values: values ?? [] });
      else noted.push({ text: first.text, values: first.values ?? [] });
      return query.apply(client, given);
    };
  };
  pool.on('acquire', wrap as never);
  await work();
  pool.off('acquire', wrap as never);
  for (const [client, query] of wrapped) Object.assign(client, { query });
  return noted;
}

/** Runs a statement once more and tells how its plan reads these tables. */
export async function explain(
  pool: Pool,
  { text, values }: Statement,
  tables: readonly string[],
): Promise<Explained> {
  const { rows } = await pool.query(`EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`, values);
  const nodes = flat(rows[0]['QUERY PLAN'][0].Plan);
  const read = nodes.filter((node) => tables.includes(node['Relation Name'] ?? ''));
  const sorts = nodes.filter((node) => node['Node Type'] === 'Sort');
  return {
    text,
    scans: read.map((node) => ({
      how: node['Node Type'],
      index: node['Index Name'] ?? indexBelow(node),
      rows: rowsOf(node),
    })),
    sorted: Math.max(0, ...sorts.map((node) => rowsOf(node.Plans?.[0] as Plan))),
  };
}

function flat(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(flat)];
}

/** A scan of the heap has its index, or several, below it. */
function indexBelow(node: Plan): string | undefined {
  return flat(node).find((below) => below['Index Name'])?.['Index Name'];
}

/** All that the node looked at, also what it dropped. */
function rowsOf(node: Plan): number {
  const dropped = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  return (node['Actual Rows'] + dropped) * node['Actual Loops'];
}
