import ipaddr from 'ipaddr.js';

/** Which addresses may come in. */
export interface AddressFilter {
  includes(address: string): boolean;
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** A list of networks, such as those that may reach a listener. */
export class Networks implements AddressFilter {
  readonly #ranges: Range[];

  /** @param cidrs such as `10.0.0.0/8` and `fd00::/8`, checked by the configuration */
  constructor(cidrs: readonly string[]) {
    this.#ranges = cidrs.map((cidr) => ipaddr.parseCIDR(cidr));
  }

  /** Whether an address lies in one of the networks; an IPv4 address that a dual-stack socket names as IPv6 is one of IPv4. */
  includes(address: string): boolean {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return this.#ranges.some(
      ([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits),
    );
  }
}

export function isNetwork(text: string): boolean {
  return ipaddr.isValidCIDR(text);
}

export function isAddress(text: string): boolean {
  return ipaddr.isValid(text);
}
