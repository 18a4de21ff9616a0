import { type FilePorts, pathOfUrl } from './paths.ts';
import type { UrlSigner } from './signer.ts';
import { type FileStore, readStoredFile } from './store.ts';

/** How long a link to a result works. */
const linkLifeMs = 24 * 60 * 60 * 1000;

/** Files of our store by the addresses that tasks noted, for those who hold such an address but no account here. */
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
   * Where the file can be fetched without an account for a day, below the origin that the caller asked: agents note the address
   * they themselves use, which others may not reach. The noted address when it is not in our store.
   */
  link(uri: string): string {
    const path = pathOfUrl(uri, this.#ports);
    if (path === undefined) return uri;
    const url = `/files/${path.split('/').map(encodeURIComponent).join('/')}`;
    return this.#signer.signFileUrl(url, path, new Date(Date.now() + linkLifeMs));
  }

  /** Content of the file; undefined when it is not in our store, missing, or larger than `maxBytes`. */
  async read(uri: string, maxBytes: number): Promise<Buffer | undefined> {
    const path = pathOfUrl(uri, this.#ports);
    return path === undefined ? undefined : readStoredFile(this.#store, path, maxBytes);
  }
}
