import { S3ServiceException } from '@aws-sdk/client-s3';
import type { S3Config } from '../../config.ts';
import { FileError } from './errors.ts';

/** What stores of several makers say when a bucket, an account or their disks are full. */
const full =
  /^(QuotaExceeded|.*QuotaExceeded|XMinioStorageFull|InsufficientStorage|InsufficientCapacity|StorageCapExceeded|StorageFull)$/;

/** HTTP status that S3 answered; undefined when it did not answer. */
export function errorStatus(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

export function responseHeaders(error: unknown): Record<string, string | undefined> {
  return (error instanceof S3ServiceException && error.$response?.headers) || {};
}

export function isMissing(error: unknown): boolean {
  return errorStatus(error) === 404 && (error as Error).name !== 'NoSuchBucket';
}

/**
 * An error of S3 as the file server answers it: 507 when the store is full, 503 when it does not answer or refuses us. What came
 * from elsewhere, such as the end of the upload that was being passed on, stays as it is.
 */
export function asFileError(error: unknown, path: string): unknown {
  if (error instanceof FileError) return error;
  const status = errorStatus(error);
  if (status === undefined) {
    return isUnreachable(error)
      ? new FileError(503, `the object store does not answer for ${path}`, error)
      : error;
  }
  const { name } = error as Error;
  if (status === 507 || full.test(name))
    return new FileError(
      507,
      `no space left for ${path}: delete files, or raise the quota of the bucket`,
      error,
    );
  if (name === 'EntityTooLarge')
    return new FileError(413, `${path} is larger than the object store takes`, error);
  return new FileError(503, `the object store refuses ${path} (${status} ${name})`, error);
}

/** Errors of the connection and of our own time limits; Node.js and the SDK have no common class for them. */
function isUnreachable(error: unknown): boolean {
  const { code, name, $metadata } = error as { code?: string; name?: string; $metadata?: unknown };
  // Whatever the SDK gave up on, after its repetitions, carries how often it tried.
  const ours = $metadata !== undefined || name === 'TimeoutError' || name === 'AbortError';
  return ours || /^E(CONN|HOST|NET|TIMEDOUT|AI_AGAIN|NOTFOUND|PIPE)/.test(code ?? '');
}

/** Why a bucket cannot be used at the start, and what to look at. */
export function refusalOf(error: unknown, { bucket, endpoint, region }: S3Config): string {
  const place = endpoint ?? `Amazon S3 in ${region}`;
  const status = errorStatus(error);
  if (status === 404)
    return `ARNO_FILES_S3_BUCKET: there is no bucket ${bucket} at ${place}: make it, or set another`;
  if (status === 401 || status === 403) {
    return `ARNO_FILES_S3_ACCESS_KEY: ${place} refuses bucket ${bucket} to this key pair (${status}): check keys and their permissions`;
  }
  if (status === 301 || status === 307 || status === 400) {
    return `ARNO_FILES_S3_REGION: ${place} answers ${status} for bucket ${bucket}: check region, endpoint and path style`;
  }
  if (status !== undefined) return `ARNO_FILES_S3_ENDPOINT: ${place} answers ${status} for bucket ${bucket}`;
  const { name, message } = error as Error;
  if (name === 'CredentialsProviderError')
    return 'ARNO_FILES_S3_ACCESS_KEY and ARNO_FILES_S3_SECRET_KEY are not set, and this machine has no keys of its own';
  return `ARNO_FILES_S3_ENDPOINT: ${place} cannot be reached: ${message || name}`;
}
