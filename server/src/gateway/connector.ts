import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { type AddressRules, addressFault, literalAddress } from '../features/mappings/index.ts';

const connectTimeoutMs = 3_000;

/** The address of a serving machine is one that no request may be sent to. */
export class ForbiddenAddressError extends Error {}

/**
 * Opens connections of an undici dispatcher, and only to allowed addresses. What is checked is the very address that the
 * connection then goes to: a name that resolves differently a moment later gains nothing.
 */
export function guardedConnector(rules: AddressRules): buildConnector.connector {
  return (options, callback) => {
    const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
    const refusal = (address: string) => {
      const fault = addressFault(address, port, rules);
      return fault === undefined ? undefined : new ForbiddenAddressError(fault);
    };
    // A literal address is connected to without a look-up.
    const literal = literalAddress(options.hostname);
    const fault = literal && refusal(literal);
    if (fault) return callback(fault, null);
    const connect = buildConnector({ timeout: connectTimeoutMs, lookup: guardedLookup(refusal) });
    return connect(options, callback);
  };
}

function guardedLookup(refusal: (address: string) => Error | undefined): LookupFunction {
  return (hostname, options: LookupOptions, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const fault = error ?? addresses.map(({ address }) => refusal(address)).find(Boolean);
      if (fault) return callback(fault, '');
      const [first] = addresses;
      if (options.all || !first) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
}
