import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { addressKind } from '@arno/protocol';
import ipaddr from 'ipaddr.js';
import type { Networks } from './networks.ts';

/** Where a request of ours to an address that somebody else wrote must not lead. */
export interface AddressRules {
  /** Ports on which this platform itself listens, apart from its serving runtime. */
  ownPorts: readonly number[];
  /** The only networks that are allowed; without them any is. */
  networks?: Networks | undefined;
  /** The networks come beside the public ones. */
  allowsPublic?: boolean;
  /** Which setting lists the networks, for who is refused. */
  networksSetting?: string;
  /** Port of the own serving runtime, which is allowed on this machine whatever the networks are. */
  runtimePort?: number;
}

/**
 * Where clouds answer questions about a machine and hand out its credentials, as far as the address is not link-local: AWS and
 * Google over IPv6, Azure, Alibaba.
 */
const metadata = new Set(['fd00:ec2::254', 'fd20:ce::254', '168.63.129.16', '100.100.100.200']);

/**
 * Why a connection to `address`:`port` is refused; undefined when it is allowed. It is asked again for each connection,
 * because a name may resolve to another address tomorrow.
 *
 * @param address IPv4 or IPv6; IPv4 inside IPv6 counts as what it leads to, or is refused where that depends on the network
 */
export function addressFault(address: string, port: number, rules: AddressRules): string | undefined {
  const kind = addressKind(address);
  if (kind === 'link-local') return `${address} is a link-local address`;
  if (kind === 'other') return `${address} is not the address of one machine`;
  if (metadata.has(ipaddr.process(address).toString())) {
    return `${address} is where a cloud answers questions about its machines`;
  }
  if (rules.ownPorts.includes(port) && isOwnAddress(address)) {
    return `${address}:${port} is Arno's own`;
  }
  if (!rules.networks || rules.networks.includes(address)) return undefined;
  if (kind === 'public' && rules.allowsPublic) return undefined;
  if (kind === 'loopback' && port === rules.runtimePort) return undefined;
  const setting = rules.networksSetting ? ` (${rules.networksSetting})` : '';
  return `${address} is in none of the allowed networks${setting}`;
}

function isOwnAddress(address: string): boolean {
  if (addressKind(address) === 'loopback') return true;
  const plain = ipaddr.process(address).toString();
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return own.some((each) => ipaddr.process(each.address).toString() === plain);
}

/**
 * Why a URL that somebody else wrote is not one to send requests to, as far as that shows without looking its name up; undefined
 * when it may be. URL reads every way to write an IPv4 address, so decimal, octal and hexadecimal ones are seen as what they are.
 */
export function urlFault(url: URL, rules: AddressRules): string | undefined {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must start with http:// or https://';
  if (url.username || url.password) return 'must not carry a user name or password';
  const address = /^localhost\.?$/.test(url.hostname) ? '127.0.0.1' : literalAddress(url.hostname);
  const fault = address && addressFault(address, portOf(url), rules);
  return fault && `is not allowed: ${fault}`;
}

/** A host of a URL as an IP address, undefined when it is a name. */
export function literalAddress(hostname: string): string | undefined {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) ? bare : undefined;
}

/** The port that an http or https URL leads to. */
export function portOf({ port, protocol }: { port: string; protocol: string }): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}
