import type { Reading } from './reading.ts';

/** A bucket of S3, or of a store that speaks its protocol. */
export interface S3Config {
  bucket: string;
  /** Without `/` at its ends; empty when the whole bucket is ours. */
  prefix: string;
  /** Undefined for Amazon's own. */
  endpoint: string | undefined;
  region: string;
  /** Undefined leaves them to the machine, as programs for AWS find them: its role, or the AWS_* variables. */
  keys: { accessKey: string; secretKey: string } | undefined;
  /** Whether the bucket is named in the path of a URL and not in its host. */
  pathStyle: boolean;
}

/** Undefined when the files lie in a folder. */
export function readFilesS3({ value, check }: Reading): S3Config | undefined {
  const bucket = value('ARNO_FILES_S3_BUCKET');
  const others = ['PREFIX', 'ENDPOINT', 'ACCESS_KEY', 'SECRET_KEY', 'PATH_STYLE'] as const;
  if (bucket === '') {
    const given = others.map((name) => `ARNO_FILES_S3_${name}` as const).find((name) => value(name) !== '');
    check(given === undefined, `${given} means nothing without ARNO_FILES_S3_BUCKET`);
    return undefined;
  }
  const isBucket = /^[a-zA-Z0-9][a-zA-Z0-9._-]{1,61}[a-zA-Z0-9]$/.test(bucket);
  check(isBucket, `ARNO_FILES_S3_BUCKET must be the name of a bucket, not "${bucket}"`);
  const endpoint = value('ARNO_FILES_S3_ENDPOINT') || undefined;
  check(
    endpoint === undefined || (/^https?:\/\/[^/?#@]+\/?$/.test(endpoint) && URL.canParse(endpoint)),
    'ARNO_FILES_S3_ENDPOINT must be an address such as https://s3.example:9000, without a path or password',
  );
  const [accessKey, secretKey] = [value('ARNO_FILES_S3_ACCESS_KEY'), value('ARNO_FILES_S3_SECRET_KEY')];
  check(
    (accessKey === '') === (secretKey === ''),
    'ARNO_FILES_S3_ACCESS_KEY and ARNO_FILES_S3_SECRET_KEY must both be set, or neither',
  );
  // Few stores beside Amazon's have a host name for each bucket.
  const pathStyle = value('ARNO_FILES_S3_PATH_STYLE') || String(endpoint !== undefined);
  check(
    /^(true|false)$/.test(pathStyle),
    `ARNO_FILES_S3_PATH_STYLE must be true or false, not "${pathStyle}"`,
  );
  return {
    ...{ bucket, endpoint, region: value('ARNO_FILES_S3_REGION'), pathStyle: pathStyle === 'true' },
    prefix: value('ARNO_FILES_S3_PREFIX').replace(/^\/+|\/+$/g, ''),
    keys: accessKey === '' ? undefined : { accessKey, secretKey },
  };
}
