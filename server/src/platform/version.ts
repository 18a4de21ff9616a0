import { createRequire } from 'node:module';

/** Arno's own version. */
export const arnoVersion = (createRequire(import.meta.url)('../../package.json') as { version: string })
  .version;

/** The ClearML server that clients are told they talk to; dotted integers only, because the SDK calls int() on each part. */
export const clearmlServer = { api: '2.31', server: '2.0.0', build: '1' };
