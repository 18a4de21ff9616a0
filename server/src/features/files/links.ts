import { encodedPath, type FilePorts, pathOfUrl } from './paths.ts';
import type { UrlSigner } from './signer.ts';
import { type FileStore, readStoredFile } from './store.ts';

/** How long a link to a result works. */
const linkLifeMs = 24 * 60 * 60 * 1000;

/** Files of our store by the addresses that a task noted, for those who get its result but have no account here. */
export class FileLinks {
  readonly #store: FileStore;
  readonly #signer: UrlSigner;
  readonly #ports: FilePorts;

  constructor(store: FileStore, signer: UrlSigner, ports: FilePorts) {
    this.#store = store;
    this.#signer = signer;
    this.#ports = ports;
  }

  /**
   * The files of one task. A task may note any address: only what lies below its own folder, as the SDK and our agent store it,
   * is given to its caller.
   */
  of(taskId: string) {
    return {
      link: (uri: string) => this.#link(uri, taskId),
      read: (uri: string, maxBytes: number) => this.#read(uri, maxBytes, taskId),
    };
  }

  #pathOf(uri: string, taskId: string): string | undefined {
    const path = pathOfUrl(uri, this.#ports);
    return path?.split('/').some((part) => part.endsWith(`.${taskId}`)) ? path : undefined;
  }

  /**
   * Where the file can be fetched without an account for a day, below the origin that the caller asked: agents note the address
   * they themselves use, which others may not reach. The noted address when it is not the task's in our store.
   */
  #link(uri: string, taskId: string): string {
    const path = this.#pathOf(uri, taskId);
    if (path === undefined) return uri;
    const url = `/files/${encodedPath(path)}`;
    return this.#signer.signFileUrl(url, path, new Date(Date.now() + linkLifeMs));
  }

  /** Content of the file; undefined when it is not the task's in our store, missing, or larger than `maxBytes`. */
  async #read(uri: string, maxBytes: number, taskId: string): Promise<Buffer | undefined> {
    const path = this.#pathOf(uri, taskId);
    return path === undefined ? undefined : readStoredFile(this.#store, path, maxBytes);
  }
}
