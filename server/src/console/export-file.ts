import { pipeline, Readable, Transform } from 'node:stream';
import { type Options, stringify } from 'csv-stringify';
import type { FastifyReply } from 'fastify';
import { attachment } from '../platform/attachment.ts';

const csv: Options = {
  header: true,
  // Spreadsheets take a file without it for one in an older encoding.
  bom: true,
  // A text of a stranger that begins like a formula must not become one in the spreadsheet of whoever opens the file.
  escape_formulas: true,
};

/**
 * Answers rows as a file for download, as they come.
 *
 * @param name of the file, without what it ends in; today's date is added
 * @param columns of the CSV; a JSON line has all fields of its row
 */
export function sendRows(
  reply: FastifyReply,
  rows: AsyncIterable<object>,
  { format, name, columns }: { format: 'csv' | 'ndjson'; name: string; columns: readonly string[] },
): FastifyReply {
  const written = format === 'csv' ? stringify({ ...csv, columns: [...columns] }) : jsonLines();
  // An error ends the answer early, which the client sees by its missing end.
  pipeline(Readable.from(rows), written, () => {});
  const day = new Date().toISOString().slice(0, 10);
  return reply
    .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
    .header('content-disposition', attachment(`${name}-${day}.${format}`))
    .send(written);
}

function jsonLines(): Transform {
  return new Transform({
    writableObjectMode: true,
    transform: (row, _encoding, done) => done(null, `${JSON.stringify(row)}\n`),
  });
}
