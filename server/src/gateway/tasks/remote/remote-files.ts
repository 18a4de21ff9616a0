import type { Logger } from '../../../platform/log.ts';
import type { ResultFiles, ResultStore } from '../../enqueue/result.ts';
import { reasonOf } from './outages.ts';
import type { RemoteServer } from './remote-server.ts';

const timeoutMs = 15_000;

/** Results on the remote's file server. A caller fetches them from there, with rights that are the remote's to give. */
export class RemoteFiles implements ResultStore {
  readonly #host: URL | undefined;
  readonly #server: RemoteServer;
  readonly #log: Logger;

  /** @param host address of the file server; nothing is read without one */
  constructor(host: string | undefined, server: RemoteServer, log: Logger) {
    this.#host = host === undefined ? undefined : new URL(host);
    this.#server = server;
    this.#log = log;
  }

  of(taskId: string): ResultFiles {
    return {
      link: (uri) => uri,
      read: (uri, maxBytes) => this.#read(uri, maxBytes, taskId),
    };
  }

  async #read(uri: string, maxBytes: number, taskId: string): Promise<Buffer | undefined> {
    const url = this.#own(uri, taskId);
    if (!url) return undefined;
    // By hand: in Node.js 20 the collector can take a timeout signal that only a stream still needs.
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new Error('the file server takes too long')), timeoutMs);
    try {
      return await this.#fetch(url, maxBytes, deadline.signal);
    } catch (error) {
      // The document has the address instead.
      this.#log.warn(
        { task: taskId, reason: reasonOf(error) },
        'a result on the ClearML file server was not read',
      );
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * A task may note any address, and we would read it with our key pair: only what lies on the configured file server below the
   * task's own folder, as the SDK and our agent store it, is read.
   */
  #own(uri: string, taskId: string): URL | undefined {
    const host = this.#host;
    const url = host && URL.canParse(uri) ? new URL(uri) : undefined;
    if (!host || !url || url.origin !== host.origin || url.username || url.password) return undefined;
    const isOwn =
      url.pathname.startsWith(host.pathname) &&
      url.pathname.split('/').some((part) => part.endsWith(`.${taskId}`));
    return isOwn ? url : undefined;
  }

  async #fetch(url: URL, maxBytes: number, signal: AbortSignal): Promise<Buffer | undefined> {
    let response = await this.#get(url, signal);
    if (response.status === 401) {
      await response.body?.cancel();
      // The API renews a token that has expired.
      await this.#server.ping();
      response = await this.#get(url, signal);
    }
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      throw new Error(`the file server answers ${response.status}`);
    }
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body) {
      size += chunk.length;
      // Leaving the loop cancels the rest.
      if (size > maxBytes) return undefined;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  async #get(url: URL, signal: AbortSignal): Promise<Response> {
    const headers = { authorization: `Bearer ${await this.#server.token()}` };
    // A redirect could lead anywhere, with our token.
    return fetch(url, { headers, signal, redirect: 'error' });
  }
}
