import type { NewKey } from './queries.ts';

/** A `clearml.conf` that points the official SDK at this server and signs in with the new key pair. */
export function clearmlConf(origin: string, { access_key: key, secret_key: secret }: NewKey): string {
  return `api {
  web_server: ${origin}
  api_server: ${origin}/api
  files_server: ${origin}/files
  credentials {
    "access_key" = "${key}"
    "secret_key" = "${secret}"
  }
}`;
}
