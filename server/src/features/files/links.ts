import { pathOfUrl } from './paths.ts';
import type { UrlSigner } from './signer.ts';
import { type FileStore, readStoredFile } from './store.ts';

/** How long a link to a result works. */
const linkLifeMs = 24 * 60 * 60 * 1000;

/** Files of our store by the addresses that tasks noted, for those who hold such an address but no account here. */
export class FileLinks {
  readonly #store: FileStore;
  readonly #signer: UrlSigner;
  readonly #hosts: readonly string[];

  /** @param hosts addresses under which tasks know the file server */
  constructor(store: FileStore, signer: UrlSigner, hosts: readonly string[]) {
    this.#store = store;
    this.#signer = signer;
    this.#hosts = hosts;
  }

  /** Where the file can be fetched without an account for a day; the address itself when it is not in our store. */
  link(uri: string): string {
    const path = pathOfUrl(uri, this.#hosts);
    return path === undefined ? uri : this.#signer.signFileUrl(uri, path, new Date(Date.now() + linkLifeMs));
  }

  /** Content of the file; undefined when it is not in our store, missing, or larger than `maxBytes`. */
  async read(uri: string, maxBytes: number): Promise<Buffer | undefined> {
    const path = pathOfUrl(uri, this.#hosts);
    return path === undefined ? undefined : readStoredFile(this.#store, path, maxBytes);
  }
}
