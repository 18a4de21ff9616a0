import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type {
  GetObjectCommandInput,
  GetObjectCommandOutput,
  HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { errorStatus, responseHeaders } from './s3-errors.ts';
import type { ServedFile } from './store.ts';

type Conditions = Pick<
  GetObjectCommandInput,
  'Range' | 'IfMatch' | 'IfNoneMatch' | 'IfModifiedSince' | 'IfUnmodifiedSince'
>;

/**
 * The conditions of an HTTP request as S3 takes them, so that it decides on the object that it sends.
 *
 * @returns `fallback`: what to ask for after 412. S3 has no `If-Range`; it is `If-Match` for the range, or else the whole file.
 */
export function conditionsOf(headers: IncomingHttpHeaders): {
  conditions: Conditions;
  fallback?: Conditions;
} {
  const conditions: Conditions = {
    IfMatch: headers['if-match'],
    IfNoneMatch: headers['if-none-match'],
    IfModifiedSince: dateOf(headers['if-modified-since']),
    IfUnmodifiedSince: dateOf(headers['if-unmodified-since']),
  };
  // As a server may that has no answer in several parts: one range, or the whole file.
  const range = /^bytes=(\d+-\d*|-\d+)$/.exec(headers.range ?? '')?.[0];
  if (range === undefined) return { conditions };
  const ifRange = headers['if-range']?.toString();
  if (ifRange === undefined) return { conditions: { ...conditions, Range: range } };
  const unchanged = ifRange.includes('"') ? { IfMatch: ifRange } : { IfUnmodifiedSince: dateOf(ifRange) };
  return { conditions: { ...conditions, Range: range, ...unchanged }, fallback: conditions };
}

/** Undefined for what is no date: such a condition does not count. */
function dateOf(text: string | undefined): Date | undefined {
  const date = new Date(text ?? '');
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** S3's answer to a GET or HEAD as the file server's. */
export function servedFile(
  found: GetObjectCommandOutput | HeadObjectCommandOutput,
  content: Readable,
): ServedFile {
  const { ContentType, ContentLength, ContentRange, ETag, LastModified } = found;
  return {
    status: ContentRange === undefined ? 200 : 206,
    headers: defined({
      'Accept-Ranges': 'bytes',
      'Content-Type': ContentType,
      'Content-Length': ContentLength?.toString(),
      'Content-Range': ContentRange,
      ETag,
      'Last-Modified': LastModified?.toUTCString(),
    }),
    content,
  };
}

/** 304, 412 and 416 as an answer; undefined for every other error. */
export function refusedByCondition(error: unknown): ServedFile | undefined {
  const status = errorStatus(error);
  if (status !== 304 && status !== 412 && status !== 416) return undefined;
  const { etag, 'last-modified': modified, 'content-range': range } = responseHeaders(error);
  return {
    status,
    headers: defined({ ETag: etag, 'Last-Modified': modified, 'Content-Range': range }),
    content: Readable.from([]),
  };
}

function defined(headers: Record<string, string | undefined>): Record<string, string> {
  const given = Object.entries(headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Record<string, string>;
}
