import { expect, test } from 'vitest';
import { networkOfAddress, networksOf } from './networkLines.ts';

test('networks are read from lines and commas, each once', () => {
  expect(networksOf(' 10.0.0.0/8\n\nfd00::/8, 10.0.0.0/8\n')).toEqual(['10.0.0.0/8', 'fd00::/8']);
  expect(networksOf(' \n')).toEqual([]);
});

test.each([
  ['192.0.2.7', '192.0.2.7/32'],
  ['::ffff:192.0.2.7', '192.0.2.7/32'],
  ['fd00::1', 'fd00::1/128'],
])('%s alone is %s', (address, network) => {
  expect(networkOfAddress(address)).toBe(network);
});
