import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import type { LookupFunction, OnReadOpts } from 'node:net';
import { buildConnector } from 'undici';
import { type AddressRules, addressFault, literalAddress, portOf } from './addresses.ts';

const connectTimeoutMs = 3_000;
/** Of each address of a name that has several. Node's 250 ms can pass in a busy process although the machine was there at once. */
const attemptTimeoutMs = 1_000;

/** An address that somebody else wrote is one that no request of ours may be sent to. */
export class ForbiddenAddressError extends Error {
  readonly code = 'FORBIDDEN_ADDRESS';
}

/** undici's, which may also be told where what is read goes. */
export type Connector = (
  options: buildConnector.Options & { onread?: OnReadOpts },
  callback: buildConnector.Callback,
) => void;

/**
 * Opens connections of an undici dispatcher, and only to allowed addresses. What is checked is the very address that the
 * connection then goes to: a name that resolves differently a moment later gains nothing. undici itself follows no redirection.
 *
 * @param resolve looks names up; tests resolve them to what they like
 */
export function guardedConnector(rules: AddressRules, resolve = lookup): Connector {
  return (options, callback) => {
    const port = portOf({ port: options.port, protocol: options.protocol });
    const refusal = (address: string) => {
      const fault = addressFault(address, port, rules);
      return fault === undefined ? undefined : new ForbiddenAddressError(fault);
    };
    // A literal address is connected to without a look-up.
    const literal = literalAddress(options.hostname);
    const fault = literal && refusal(literal);
    if (fault) return callback(fault, null);
    const { onread, ...target } = options;
    const connect = buildConnector({
      ...{ timeout: connectTimeoutMs, autoSelectFamilyAttemptTimeout: attemptTimeoutMs },
      lookup: guardedLookup(refusal, resolve),
      ...(onread && { onread }),
    });
    return connect(target, callback);
  };
}

/** A name that resolves to any forbidden address is refused as a whole: which one is taken would be chance. */
function guardedLookup(
  refusal: (address: string) => Error | undefined,
  resolve: typeof lookup,
): LookupFunction {
  return (hostname, options: LookupOptions, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const fault = error ?? addresses.map(({ address }) => refusal(address)).find(Boolean);
      if (fault) return callback(fault, '');
      const [first] = addresses;
      if (options.all || !first) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
}
