import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { FileError } from './errors.ts';

/** Where files are kept, by path. Paths are those of storePath(): relative, with `/`, never leaving the store. */
export interface FileStore {
  /** What it is, and its folder or bucket. */
  readonly place: { kind: 'disk' | 's3'; location: string };

  /**
   * Stores a file in place of what was there: all of it or, when `content` throws, nothing.
   *
   * @throws FileError when the path cannot be a file, the space runs out, or the store does not answer
   */
  write(path: string, content: AsyncIterable<Uint8Array>): Promise<void>;

  /** A file's content; undefined when there is none. Who gets it reads it or destroys it. */
  read(path: string): Promise<{ size: number; content: Readable } | undefined>;

  /** The answer to an HTTP request for a file, with its ranges and conditions; undefined when there is no such file. */
  serve(path: string, request: IncomingMessage): Promise<ServedFile | undefined>;

  /** @returns whether there was such a file */
  delete(path: string): Promise<boolean>;

  /** Paths of all files below a folder; none when there is no such folder. */
  list(folder: string): AsyncIterable<string>;

  /** Bytes of each file that it holds, in any order. */
  sizes(): AsyncIterable<number>;

  /** Bytes that uploads may still fill; infinite where the store does not tell. */
  freeBytes(): Promise<number>;
}

export interface ServedFile {
  /** 200, 206, 304, 412 or 416. */
  status: number;
  headers: Record<string, string>;
  content: Readable;
}

/** Content of a file as a whole; undefined when there is none, or when it is larger than `maxBytes`. */
export async function readStoredFile(
  store: FileStore,
  path: string,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const file = await store.read(path);
  if (!file) return undefined;
  if (file.size > maxBytes) {
    file.content.destroy();
    return undefined;
  }
  return Buffer.concat(await file.content.toArray());
}

/** Requests that a deletion of many files keeps under way. */
const deletionsAtOnce = 16;

/**
 * Deletes files; what cannot be deleted does not keep the others.
 *
 * @returns the paths that are gone, and the others by reason
 */
export async function deleteFiles(
  store: FileStore,
  paths: readonly string[],
): Promise<{ deleted: string[]; errors: Record<string, string[]> }> {
  const deleted: string[] = [];
  const errors = new Map<string, string[]>();
  for (let at = 0; at < paths.length; at += deletionsAtOnce) {
    const some = paths.slice(at, at + deletionsAtOnce);
    const faults = await Promise.all(some.map((path) => faultOfDeletion(store, path)));
    for (const [index, path] of some.entries()) {
      const fault = faults[index];
      if (fault === undefined) deleted.push(path);
      else errors.set(fault, [...(errors.get(fault) ?? []), path]);
    }
  }
  return { deleted, errors: Object.fromEntries(errors) };
}

async function faultOfDeletion(store: FileStore, path: string): Promise<string | undefined> {
  try {
    return (await store.delete(path)) ? undefined : 'not found';
  } catch (error) {
    if (error instanceof FileError) return error.message;
    return `cannot be deleted (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`;
  }
}
