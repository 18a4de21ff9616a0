import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Signs URLs of files, so that whoever holds one may read that file for a while. A signature covers the path in the store and
 * not the host, so the file can be fetched through either door.
 */
export class UrlSigner {
  readonly #key: Buffer;

  /** @param secret of this installation; what is derived from it here is good for nothing else */
  constructor(secret: string) {
    this.#key = createHmac('sha256', secret).update('file URLs').digest();
  }

  /**
   * @param url where the file is fetched; answered with `exp` and `sig` in its query
   * @param path the same file's path in the store
   */
  signFileUrl(url: string, path: string, expires: Date): string {
    const exp = Math.floor(expires.getTime() / 1000);
    const separator = url.includes('?') ? '&' : '?';
    return `${url}${separator}exp=${exp}&sig=${this.#signature(path, exp).toString('base64url')}`;
  }

  /** Whether a query carries our signature for this path, not yet expired. */
  isSigned(path: string, query: { exp?: unknown; sig?: unknown }, now: Date): boolean {
    const { exp, sig } = query;
    if (typeof exp !== 'string' || typeof sig !== 'string' || !/^\d{1,12}$/.test(exp)) return false;
    const given = Buffer.from(sig, 'base64url');
    const expected = this.#signature(path, Number(exp));
    return (
      given.length === expected.length &&
      timingSafeEqual(given, expected) &&
      Number(exp) * 1000 > now.getTime()
    );
  }

  #signature(path: string, exp: number): Buffer {
    return createHmac('sha256', this.#key).update(`${exp}\n${path}`).digest();
  }
}
