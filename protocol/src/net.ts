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

/** Kind of a textual IP address; IPv4 inside IPv6 counts as the IPv4 address it is. */
export function addressKind(address: string): AddressKind {
  return kinds[ipaddr.process(address).range()] ?? 'other';
}

/** Whether `address` lies in one of the CIDR ranges. */
export function inNetworks(address: string, networks: readonly string[]): boolean {
  const ip = ipaddr.process(address);
  return networks.some((network) => {
    const [range, bits] = ipaddr.parseCIDR(network);
    return ip.kind() === range.kind() && ip.match(range, bits);
  });
}
