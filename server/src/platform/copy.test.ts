import { describe, expect, it } from 'vitest';
import { CopyRows } from './copy.ts';

/** What its memory is at first, and doubles to. */
const sizes = [16 * 1024, 32 * 1024];

const writes: Record<string, { write(rows: CopyRows): void; bytes: string }> = {
  begin: { write: (rows) => rows.begin(3), bytes: '0003' },
  'null text': { write: (rows) => rows.text(null), bytes: 'ffffffff' },
  'short text': { write: (rows) => rows.text('id'), bytes: '000000026964' },
  'text that is not ASCII': { write: (rows) => rows.text('è'), bytes: '00000002c3a8' },
  'long text': { write: (rows) => rows.text('é'.repeat(65)), bytes: `00000082${'c3a9'.repeat(65)}` },
  'null int4': { write: (rows) => rows.int4(null), bytes: 'ffffffff' },
  int4: { write: (rows) => rows.int4(-2), bytes: '00000004fffffffe' },
  int8: { write: (rows) => rows.int8(2 ** 32 + 1), bytes: '000000080000000100000001' },
  float8: { write: (rows) => rows.float8(1), bytes: '000000083ff0000000000000' },
  timestamptz: {
    write: (rows) => rows.timestamptz(new Date(Date.UTC(2000, 0, 1, 0, 0, 1))),
    bytes: '0000000800000000000f4240',
  },
};

describe('CopyRows', () => {
  it.each(Object.entries(writes))('writes %s wherever its memory ends', (_name, { write, bytes }) => {
    for (const size of sizes) {
      for (let left = 0; left <= bytes.length / 2 + 4; left++) {
        const rows = new CopyRows();
        const filled = fill(rows, size - left);
        write(rows);
        expect(rows.bytes.subarray(filled).toString('hex')).toBe(bytes);
      }
    }
  });
});

/** Writes values until exactly so many bytes are taken. */
function fill(rows: CopyRows, bytes: number): number {
  if (bytes % 2 === 1) rows.text('1');
  while (rows.bytes.length < bytes) rows.begin(1);
  return rows.bytes.length;
}
