import { toUSVString } from 'node:util';
import { FileError } from './errors.ts';

/** Bytes of one name on the file systems we know. */
const maxNameBytes = 255;
const maxPathBytes = 4000;

/**
 * The path in the store of a name as a client sends it: no leading or doubled `/`, nothing that leads out of the store.
 *
 * @throws FileError 400
 */
export function storePath(name: string): string {
  const segments = toUSVString(name)
    .split('/')
    .filter((segment) => segment !== '');
  const path = segments.join('/');
  if (path === '') throw new FileError(400, 'a file needs a name');
  if (path.includes('\0') || segments.some((segment) => segment === '.' || segment === '..')) {
    throw new FileError(400, 'a file name must not contain NUL, "." or ".." as a part');
  }
  if (segments.some((segment) => Buffer.byteLength(segment) > maxNameBytes)) {
    throw new FileError(400, `a part of a file name is longer than ${maxNameBytes} bytes`);
  }
  if (Buffer.byteLength(path) > maxPathBytes) {
    throw new FileError(400, `a file name is longer than ${maxPathBytes} bytes`);
  }
  return path;
}

/**
 * The path in the store of a file's URL, undefined when it is not one of ours. URLs are kept percent-encoded.
 *
 * @param hosts addresses of the file server, such as `http://127.0.0.1:8081` and `/files`
 */
export function pathOfUrl(url: string, hosts: readonly string[]): string | undefined {
  for (const host of hosts) {
    const start = `${host.replace(/\/+$/, '')}/`;
    if (!url.startsWith(start)) continue;
    try {
      return storePath(decodeURIComponent(url.slice(start.length).replace(/[?#].*$/s, '')));
    } catch {
      return undefined;
    }
  }
  return undefined;
}
