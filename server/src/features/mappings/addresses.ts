import { type AddressRules, urlFault } from '../../platform/addresses.ts';
import { MappingError } from './errors.ts';

/**
 * The form of a base URL that is stored: without a slash at its end. A name is looked at when it is connected to.
 *
 * @throws MappingError naming `base_url` when it is not http(s), carries credentials, a query or a fragment, or leads to an
 *   address that is not allowed
 */
export function checkBaseUrl(text: string, rules: AddressRules): string {
  const refuse = (why: string) => new MappingError('invalid', 'base_url', `base_url ${why}`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw refuse('is not a URL: use http://host:port/path');
  if (url.search || url.hash) throw refuse('must not have a query or fragment');
  const fault = urlFault(url, rules);
  if (fault) throw refuse(fault);
  return url.href.replace(/\/+$/, '');
}

/**
 * The form of a health path that is stored; null checks by a TCP connect alone.
 *
 * @param path of the machine's root and not of its base URL, such as `/health`; empty or undefined for none
 * @throws MappingError naming `health_path`
 */
export function checkHealthPath(path: string | null | undefined): string | null {
  if (!path) return null;
  // As a URL reads it: an address must not hide in it, such as `//elsewhere/`.
  const url = new URL(path.startsWith('/') ? path : '/', 'http://machine');
  if (url.host === 'machine' && `${url.pathname}${url.search}` === path) return path;
  const words = 'health_path must be a path of the machine, such as /health';
  throw new MappingError('invalid', 'health_path', words);
}
