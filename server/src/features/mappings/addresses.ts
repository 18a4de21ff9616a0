import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { addressKind } from '@arno/protocol';
import ipaddr from 'ipaddr.js';
import { MappingError } from './errors.ts';

/** What a serving machine's address must not lead to. */
export interface AddressRules {
  /** Ports on which this platform itself listens, apart from its serving runtime. */
  ownPorts: readonly number[];
}

/**
 * Why a connection to `address`:`port` is refused; undefined when it is allowed. It is asked again for each connection,
 * because a name may resolve to another address tomorrow.
 */
export function addressFault(address: string, port: number, rules: AddressRules): string | undefined {
  switch (addressKind(address)) {
    case 'link-local':
      return `${address} is a link-local address`;
    case 'other':
      return `${address} is not the address of one machine`;
  }
  if (rules.ownPorts.includes(port) && isOwnAddress(address)) {
    return `${address}:${port} is Arno's own; a serving machine listens elsewhere`;
  }
  return undefined;
}

function isOwnAddress(address: string): boolean {
  if (addressKind(address) === 'loopback') return true;
  const plain = ipaddr.process(address).toString();
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return own.some((each) => ipaddr.process(each.address).toString() === plain);
}

/** The port that a URL leads to. */
function portOf(url: URL): number {
  return Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
}

/** A host of a URL as an IP address, undefined when it is a name. */
export function literalAddress(hostname: string): string | undefined {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) ? bare : undefined;
}

/**
 * The form of a base URL that is stored: without a slash at its end.
 *
 * @throws MappingError naming `base_url` when it is not http(s), carries credentials, a query or a fragment, or leads to an
 *   address that is not allowed
 */
export function checkBaseUrl(text: string, rules: AddressRules): string {
  const refuse = (why: string) => new MappingError('invalid', 'base_url', `base_url ${why}`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw refuse('is not a URL: use http://host:port/path');
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refuse('must start with http:// or https://');
  if (url.username || url.password) throw refuse('must not carry a user name or password');
  if (url.search || url.hash) throw refuse('must not have a query or fragment');
  const address = url.hostname === 'localhost' ? '127.0.0.1' : literalAddress(url.hostname);
  const fault = address && addressFault(address, portOf(url), rules);
  if (fault) throw refuse(`is not allowed: ${fault}`);
  return url.href.replace(/\/+$/, '');
}
