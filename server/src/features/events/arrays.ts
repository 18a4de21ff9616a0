/**
 * Array parameters in PostgreSQL's binary format, as in `${int8Array(values)}::bigint[]`. As text, printing and parsing the
 * numbers of a large batch takes about as long as storing them.
 */
export function int8Array(values: readonly number[]): Buffer {
  return array(20, 8, values, (target, offset, value) => {
    const high = Math.floor(value / 2 ** 32);
    target.setInt32(offset, high);
    target.setUint32(offset + 4, value - high * 2 ** 32);
  });
}

export function float4Array(values: readonly number[]): Buffer {
  return array(700, 4, values, (target, offset, value) => target.setFloat32(offset, value));
}

export function float8Array(values: readonly number[]): Buffer {
  return array(701, 8, values, (target, offset, value) => target.setFloat64(offset, value));
}

/** One dimension without nulls: its header, then each element after its length. An empty array has no dimension. */
function array(
  elementType: number,
  width: number,
  values: readonly number[],
  write: (target: DataView, offset: number, value: number) => void,
): Buffer {
  const header = values.length === 0 ? [0, 0, elementType] : [1, 0, elementType, values.length, 1];
  const bytes = Buffer.allocUnsafe(header.length * 4 + values.length * (width + 4));
  const target = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  header.forEach((field, index) => {
    target.setInt32(index * 4, field);
  });
  let offset = header.length * 4;
  for (const value of values) {
    target.setInt32(offset, width);
    write(target, offset + 4, value);
    offset += 4 + width;
  }
  return bytes;
}
