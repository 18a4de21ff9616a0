import { sql } from 'kysely';
import Type, { type Static } from 'typebox';
import type { Db } from '../../platform/database.ts';
import { type MetricVariants, wanted } from './filter.ts';
import type { ScalarKey } from './histogram.ts';

/** The last point of a page: its key and its series. */
export const RawPosition = Type.Object({ at: Type.Number(), series: Type.Number(), iter: Type.Number() });
export type RawPosition = Static<typeof RawPosition>;

interface RawPage {
  /** Variant -> the list of keys under the key's name, and the list of values as `y`. */
  variants: Record<string, Record<string, (number | string)[]>>;
  returned: number;
  /** Points of all pages, when asked for. */
  total: number | undefined;
  /** Undefined when the page is empty, and so the last. */
  last: RawPosition | undefined;
}

interface Row {
  id: number;
  variant: string;
  at: number;
  iter: number;
  value: number;
}

/** Points of a metric as they were reported, in the order of their key; values reported once stand among them. */
export async function rawPoints(
  db: Db,
  taskId: string,
  options: {
    metric: MetricVariants;
    key: ScalarKey;
    position: RawPosition | undefined;
    size: number;
    count: boolean;
  },
): Promise<RawPage> {
  const { metric, key, position, size, count } = options;
  const at = sql.ref(key === 'iter' ? 'iter' : 'ts');
  // The first condition is the one an index can serve.
  const beyond = position
    ? sql`${at} >= ${position.at}::bigint AND (${at}, series.id, iter)
        > (${position.at}::bigint, ${position.series}::bigint, ${position.iter}::bigint)`
    : sql`true`;
  const source = sql`FROM scalar_series AS series JOIN scalars ON series_id = series.id
    WHERE task_id = ${taskId} AND ${wanted([metric])}`;
  const { rows } = await sql<Row>`
    SELECT series.id, variant, ${at} AS at, iter, scalars.value ${source} AND ${beyond}
    ORDER BY ${at}, series.id, iter LIMIT ${size}`.execute(db);
  const total = count
    ? (await sql<{ total: number }>`SELECT count(*) AS total ${source}`.execute(db)).rows[0]?.total
    : undefined;
  const last = rows.at(-1);
  return {
    variants: byVariant(rows, key),
    returned: rows.length,
    total,
    last: last && { at: last.at, series: last.id, iter: last.iter },
  };
}

function byVariant(rows: Row[], key: ScalarKey): RawPage['variants'] {
  const variants = new Map<string, { x: (number | string)[]; y: number[] }>();
  for (const { variant, at, value } of rows) {
    const points = variants.get(variant) ?? { x: [], y: [] };
    points.x.push(key === 'iso_time' ? new Date(at).toISOString() : at);
    points.y.push(value);
    variants.set(variant, points);
  }
  return Object.fromEntries([...variants].map(([variant, { x, y }]) => [variant, { [key]: x, y }]));
}
