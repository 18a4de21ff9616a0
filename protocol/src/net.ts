import ipaddr from 'ipaddr.js';

/** What an address is good for, when a URL that somebody else wrote leads to it. */
export type AddressKind = 'public' | 'private' | 'loopback' | 'link-local' | 'other';

const kinds: Record<string, AddressKind> = {
  unicast: 'public',
  private: 'private',
  uniqueLocal: 'private',
  carrierGradeNat: 'private',
  loopback: 'loopback',
  linkLocal: 'link-local',
};

/** All of IPv6 that is given out for public use. The library calls every range it does not know public, `::127.0.0.1` too. */
const publicIpv6 = ipaddr.parseCIDR('2000::/3');

/** Kind of a textual IP address; IPv4 inside IPv6 counts as the IPv4 address it is. */
export function addressKind(address: string): AddressKind {
  const ip = ipaddr.process(address);
  const kind = kinds[ip.range()] ?? 'other';
  return kind === 'public' && ip.kind() === 'ipv6' && !ip.match(publicIpv6) ? 'other' : kind;
}

/** Whether `address` lies in one of the CIDR ranges. */
export function inNetworks(address: string, networks: readonly string[]): boolean {
  const ip = ipaddr.process(address);
  return networks.some((network) => {
    const [range, bits] = ipaddr.parseCIDR(network);
    return ip.kind() === range.kind() && ip.match(range, bits);
  });
}
