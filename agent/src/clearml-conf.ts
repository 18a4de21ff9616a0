import { readFile } from 'node:fs/promises';
import hocon from '@pushcorn/hocon-parser';

/** The part of a `clearml.conf` that says where the server is and who we are. */
export interface ClearmlConf {
  apiServer?: string;
  webServer?: string;
  filesServer?: string;
  accessKey?: string;
  secretKey?: string;
}

/**
 * An address without quotes is not HOCON (`//` begins a comment), yet `clearml-init` writes it and Python's parser reads it.
 * Only the value of a line that is an address is touched.
 */
function quoteAddresses(text: string): string {
  return text.replace(/^(\s*[\w.]+\s*[:=]\s*)(https?:\/\/[^\s"',}]+)/gm, '$1"$2"');
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Reads the `api` section of a `clearml.conf` (HOCON). Rejects when the file cannot be read or is not HOCON. */
export async function readClearmlConf(path: string): Promise<ClearmlConf> {
  const parsed = await hocon.parse({ text: quoteAddresses(await readFile(path, 'utf8')), strict: true });
  const api = record(parsed.api);
  const credentials = record(api.credentials);
  const found = {
    apiServer: text(api.api_server),
    webServer: text(api.web_server),
    filesServer: text(api.files_server),
    accessKey: text(credentials.access_key),
    secretKey: text(credentials.secret_key),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
