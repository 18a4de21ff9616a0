/** All of what a COPY in PostgreSQL's binary format reads, for its rows. */
export function copyBytes(rows: Buffer): Buffer {
  return Buffer.concat([header, rows, trailer]);
}

const header = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const trailer = Buffer.from([0xff, 0xff]);

const beginningOfTime = Date.UTC(2000, 0, 1);

/** Above this, the loop over characters costs more than it spares. */
const shortChars = 64;

/** Rows for a COPY in PostgreSQL's binary format, written value by value in the order of their columns. */
export class CopyRows {
  #bytes = Buffer.allocUnsafe(16 * 1024);
  #size = 0;

  /** What was written. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#size);
  }

  /** Begins a row of so many values. */
  begin(columns: number): void {
    this.#reserve(2);
    this.#size = this.#bytes.writeInt16BE(columns, this.#size);
  }

  /** For text and json. */
  text(value: string | null): void {
    if (this.#isNull(value)) return;
    if (value.length <= shortChars && this.#ascii(value)) return;
    // No character takes more bytes in UTF-8 for each of its units in a string.
    this.#reserve(4 + value.length * 3);
    const length = this.#bytes.write(value, this.#size + 4);
    this.#bytes.writeInt32BE(length, this.#size);
    this.#size += 4 + length;
  }

  /** Writes a text of ASCII characters only, such as an id, in half the time; false when it is none. */
  #ascii(value: string): boolean {
    this.#reserve(4 + value.length);
    const bytes = this.#bytes;
    let end = this.#size + 4;
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[end++] = code;
    }
    bytes.writeInt32BE(value.length, this.#size);
    this.#size = end;
    return true;
  }

  int4(value: number | null): void {
    if (this.#isNull(value)) return;
    this.#begin(4);
    this.#size = this.#bytes.writeInt32BE(value, this.#size);
  }

  int8(value: number | null): void {
    if (this.#isNull(value)) return;
    this.#begin(8);
    const high = Math.floor(value / 2 ** 32);
    this.#size = this.#bytes.writeInt32BE(high, this.#size);
    this.#size = this.#bytes.writeUInt32BE(value - high * 2 ** 32, this.#size);
  }

  float8(value: number | null): void {
    if (this.#isNull(value)) return;
    this.#begin(8);
    this.#size = this.#bytes.writeDoubleBE(value, this.#size);
  }

  timestamptz(value: Date | null): void {
    this.int8(value && (value.getTime() - beginningOfTime) * 1000);
  }

  /** Writes NULL where there is no value. */
  #isNull(value: unknown): value is null {
    if (value !== null) return false;
    this.#begin(-1);
    return true;
  }

  /** @param length of the value that follows; -1 for none, which is NULL */
  #begin(length: number): void {
    this.#reserve(4 + Math.max(length, 0));
    this.#size = this.#bytes.writeInt32BE(length, this.#size);
  }

  #reserve(length: number): void {
    const needed = this.#size + length;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#size);
    this.#bytes = larger;
  }
}
