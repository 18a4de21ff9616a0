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

/** A path as it stands in a URL. */
export function encodedPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** Ports of the two doors to the store. */
export interface FilePorts {
  /** The file server's own. */
  files: number;
  /** The one origin's, where files are below `/files`. */
  web: number;
}

/**
 * The path in the store of a file's URL, undefined when it is not one of ours. An agent on another machine knows us under another
 * host name, so the port tells. URLs are kept percent-encoded.
 */
export function pathOfUrl(url: string, ports: FilePorts): string | undefined {
  const [, port, rest = ''] = /^https?:\/\/(?:\[[^\]]*\]|[^/:@[\]]+):(\d+)(\/.*)$/s.exec(url) ?? [];
  const name =
    Number(port) === ports.files
      ? rest
      : /^\/files(\/.*)$/s.exec(Number(port) === ports.web ? rest : url)?.[1];
  if (name === undefined) return undefined;
  try {
    return storePath(decodeURIComponent(name.replace(/[?#].*$/s, '')));
  } catch {
    return undefined;
  }
}
