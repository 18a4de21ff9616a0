import { createWriteStream, type Dir } from 'node:fs';
import {
  mkdir,
  open,
  opendir,
  readdir,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  statfs,
  unlink,
} from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { dirname, join, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import send from '@fastify/send';
import { newId } from '../../platform/ids.ts';
import { FileError } from './errors.ts';
import { encodedPath } from './paths.ts';
import type { FileStore, ServedFile } from './store.ts';

/** Uploads in progress. In the same file system as the files, so that the last step is a rename. */
const incoming = '.incoming';
/** Uploads leave this much: the database may live on the same disk. */
const reservedBytes = 256 * 1024 * 1024;
const staleMs = 24 * 60 * 60 * 1000;

/** Files in a folder of this machine, under their own names. */
export class DiskStore implements FileStore {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  get place() {
    return { kind: 'disk', location: this.#root } as const;
  }

  /** Opens the folder, made when it is missing, and clears uploads that a crash left behind. */
  static async open(folder: string): Promise<DiskStore> {
    await mkdir(join(folder, incoming), { recursive: true });
    const root = await realpath(folder);
    // Not all of them: another replica may be receiving one now.
    for (const name of await readdir(join(root, incoming))) {
      const path = join(root, incoming, name);
      const { mtimeMs } = await stat(path);
      if (Date.now() - mtimeMs > staleMs) await rm(path, { force: true });
    }
    return new DiskStore(root);
  }

  async write(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const target = await this.#locate(path);
    const upload = join(this.#root, incoming, newId());
    // Flushed before it gets its name: after a power failure a name never stands for half a file.
    const file = createWriteStream(upload, { flags: 'wx', flush: true });
    try {
      await pipeline(content, file);
      await this.#moveTo(upload, target);
    } catch (error) {
      // What breaks off at once may do so before its file is there, which would then stay.
      if (!file.closed) await new Promise((resolve) => file.once('close', () => resolve(undefined)));
      await rm(upload, { force: true });
      throw asFileError(error, path);
    }
  }

  /** Again when a deletion took the folder that this has just made, or found. */
  async #moveTo(upload: string, target: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await mkdir(dirname(target), { recursive: true });
      try {
        return await rename(upload, target);
      } catch (error) {
        if (!isCode(error, 'ENOENT') || attempt === 3) throw error;
      }
    }
  }

  async read(path: string): Promise<{ size: number; content: Readable } | undefined> {
    const found = await this.#find(path);
    if (!found) return undefined;
    const handle = await open(found);
    // Of the opened file: another one may have got its name meanwhile.
    const { size } = await handle.stat();
    return { size, content: handle.createReadStream() };
  }

  async serve(path: string, request: IncomingMessage): Promise<ServedFile | undefined> {
    if (!(await this.#find(path))) return undefined;
    const result = await send(request, `/${encodedPath(path)}`, {
      root: this.#root,
      dotfiles: 'allow',
      index: false,
      cacheControl: false,
    });
    // Deleted, or replaced by a folder, since it was looked up.
    if (result.type === 'directory' || result.statusCode === 404) return undefined;
    return { status: result.statusCode, headers: result.headers, content: result.stream };
  }

  async delete(path: string): Promise<boolean> {
    const found = await this.#find(path);
    if (!found) return false;
    await unlink(found);
    await this.#prune(dirname(found));
    return true;
  }

  async *list(folder: string): AsyncGenerator<string> {
    const base = await this.#locate(folder);
    for await (const entry of await this.#entries(base)) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) yield* this.list(path);
      else if (entry.isFile()) yield path;
    }
  }

  async *sizes(folder = this.#root): AsyncGenerator<number> {
    for await (const entry of await this.#entries(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) yield* this.sizes(path);
      else if (entry.isFile()) {
        const found = await stat(path).catch(() => undefined);
        // Deleted since its folder was read.
        if (found) yield found.size;
      }
    }
  }

  /** What a folder holds: nothing when it is none, or was deleted meanwhile. */
  async #entries(folder: string): Promise<Dir | []> {
    try {
      return await opendir(folder);
    } catch (error) {
      if (isCode(error, 'ENOENT', 'ENOTDIR')) return [];
      throw error;
    }
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#root);
    return Math.max(0, bavail * bsize - reservedBytes);
  }

  /** Removes folders that have become empty. */
  async #prune(folder: string): Promise<void> {
    try {
      for (let at = folder; at.startsWith(this.#root + sep); at = dirname(at)) await rmdir(at);
    } catch {
      // Not empty: somebody else's files are there.
    }
  }

  /** An existing file, undefined when there is none or it is a folder. */
  async #find(path: string): Promise<string | undefined> {
    try {
      const file = await realpath(await this.#locate(path));
      return (await stat(file)).isFile() ? file : undefined;
    } catch (error) {
      if (isCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
      throw error;
    }
  }

  /** Where a path lies on the disk. A symbolic link in the store that leads out of it is not followed. */
  async #locate(path: string): Promise<string> {
    if (path === incoming || path.startsWith(`${incoming}/`)) {
      throw new FileError(400, `the name ${incoming} is reserved`);
    }
    const target = join(this.#root, path);
    const real = await nearestReal(target);
    if (real !== this.#root && !real.startsWith(this.#root + sep)) {
      throw new FileError(403, `${path} leads out of the store`);
    }
    return target;
  }
}

/** The real place of a path, or of the first folder above it that exists. */
async function nearestReal(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    try {
      return await realpath(at);
    } catch (error) {
      if (!isCode(error, 'ENOENT', 'ENOTDIR')) throw error;
    }
  }
}

function isCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

function asFileError(error: unknown, path: string): unknown {
  if (isCode(error, 'ENOSPC', 'EDQUOT')) {
    return new FileError(
      507,
      `no space left for ${path}: delete files, or enlarge the disk of the file store`,
    );
  }
  if (isCode(error, 'EISDIR', 'ENOTEMPTY'))
    return new FileError(409, `${path} is a folder: choose another name`);
  if (isCode(error, 'ENOTDIR', 'EEXIST')) {
    return new FileError(409, `a part of ${path} is a file and cannot be a folder: choose another name`);
  }
  return error;
}
