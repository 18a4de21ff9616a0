import { sql } from 'kysely';
import type { Copy, Statement } from '../../platform/pipeline.ts';
import { float4Array, int8Array } from './arrays.ts';
import type { Series } from './series.ts';

/** The part of a series that a batch brings, and the number of the series. */
export interface NumberedSeries {
  id: number;
  series: Series;
}

/** Adds points that cannot be stored yet: all lie beyond the last iteration of their series. */
export function copyPoints(all: readonly NumberedSeries[]): Copy {
  const count = all.reduce((sum, { series }) => sum + series.iters.length, 0);
  const rows = Buffer.allocUnsafe(count * rowBytes);
  const target = new DataView(rows.buffer, rows.byteOffset, rows.length);
  let offset = 0;
  for (const { id, series } of all) {
    const { iters, timestamps, values } = series;
    for (let index = 0; index < iters.length; index++) {
      target.setInt16(offset, 4);
      putInt8(target, offset + 2, id);
      putInt8(target, offset + 14, iters[index] as number);
      putInt8(target, offset + 26, timestamps[index] as number);
      target.setInt32(offset + 38, 4);
      target.setFloat32(offset + 42, values[index] as number);
      offset += rowBytes;
    }
  }
  return { table: 'scalars (series_id, iter, ts, value)', rows };
}

/** The number of columns, three of 8 bytes and one of 4, each after its length. */
const rowBytes = 2 + 3 * 12 + 8;

function putInt8(target: DataView, offset: number, value: number): void {
  const high = Math.floor(value / 2 ** 32);
  target.setInt32(offset, 8);
  target.setInt32(offset + 4, high);
  target.setUint32(offset + 8, value - high * 2 ** 32);
}

/** Adds points of which some may be stored already; those get the new value. */
export function overwritePoints(all: NumberedSeries[]): Statement {
  const ids = all.flatMap(({ id, series }) => series.iters.map(() => id));
  const column = (pick: (series: Series) => number[]) => all.flatMap(({ series }) => pick(series));
  return sql`
    INSERT INTO scalars (series_id, iter, ts, value)
    SELECT * FROM unnest(${int8Array(ids)}::bigint[], ${int8Array(column(({ iters }) => iters))}::bigint[],
      ${int8Array(column(({ timestamps }) => timestamps))}::bigint[], ${float4Array(column(({ values }) => values))}::real[])
    ON CONFLICT (series_id, iter) DO UPDATE SET ts = excluded.ts, value = excluded.value`;
}
