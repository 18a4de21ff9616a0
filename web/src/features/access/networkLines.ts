/** The networks of a text with one a line; commas part them too. */
export function networksOf(text: string): string[] {
  const parts = text.split(/[\s,]+/).filter(Boolean);
  return [...new Set(parts)];
}

/** The network that holds one address and no other; IPv4 inside of IPv6, as dual-stack sockets write it, is IPv4. */
export function networkOfAddress(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return `${plain}/${plain.includes(':') ? 128 : 32}`;
}
