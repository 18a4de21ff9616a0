/** All of what a COPY in PostgreSQL's binary format reads, for its rows. */
export function copyBytes(rows: Buffer): Buffer {
  return Buffer.concat([header, rows, trailer]);
}

const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const trailer = Buffer.from([0xff, 0xff]);
