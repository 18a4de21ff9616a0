import type { Call } from '@arno/protocol';
import { toError, withQuery } from '../../api/console.ts';
import { basePath } from '../../app/base.ts';
import { RowCounter } from './rowCounter.ts';
import { type CallsSearch, filterQuery } from './search.ts';

export type ExportFormat = 'csv' | 'ndjson';

export interface ExportOptions {
  format: ExportFormat;
  /** With requests, answers and phases. */
  bodies: boolean;
}

/** What has come of a file. */
export interface ExportProgress {
  bytes: number;
  /** Calls, without the line of names. */
  rows: number;
}

/**
 * Fetches all calls that the filters show as a file. It streams through: the browser keeps a large file on the disk and not in the
 * page's memory.
 *
 * Rejects with ConsoleApiError when the server refuses, with AbortError when `signal` calls it off, and with TypeError when the
 * file broke off before its end.
 */
export async function exportCalls(
  { kind, search, format, bodies }: ExportOptions & { kind: Call['kind']; search: CallsSearch },
  onProgress: (progress: ExportProgress) => void,
  signal: AbortSignal,
): Promise<File> {
  const { before, ...filters } = search;
  const query = { ...filterQuery(kind, filters), format, bodies: bodies ? 'true' : undefined };
  const response = await fetch(`${basePath}/console/v1/${withQuery('calls/export', query)}`, { signal });
  if (!response.ok || !response.body) throw toError(response.status, await response.text());
  const counter = new RowCounter(format);
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, out) {
        counter.add(chunk);
        onProgress({ bytes: counter.bytes, rows: counter.rows });
        out.enqueue(chunk);
      },
    }),
  );
  const type = response.headers.get('content-type') ?? '';
  const content = await new Response(counted, { headers: { 'content-type': type } }).blob();
  const day = new Date().toISOString().slice(0, 10);
  return new File([content], `${kind}-calls-${day}.${format}`, { type });
}

/** Hands a file to the browser, as if a link to it had been followed. */
export function saveFile(file: File): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = file.name;
  link.click();
  // The browser has begun to read it by then; freeing it at once would end that.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
