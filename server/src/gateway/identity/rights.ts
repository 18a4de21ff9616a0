import { mayCall, type Rights } from '../../features/mappings/index.ts';
import { GatewayError } from '../errors.ts';
import type { GatewayCaller } from './caller.ts';

/**
 * Lets through who may call a mapping. Who may not learns that there is one, and nothing of who may.
 *
 * @throws GatewayError forbidden
 */
export function requireRight(caller: GatewayCaller, mapping: Rights): void {
  if (mayCall(caller, mapping)) return;
  if (caller.key) throw wrongKey();
  const message =
    mapping.access === 'keys'
      ? 'this task or model takes consumer keys only; ask its administrator for one'
      : 'you may not call this task or model; ask its administrator for the right';
  throw new GatewayError('forbidden', message);
}

/** What to say when there is no such mapping: a consumer key is not told whether there is any but its own. */
export function unknownTo(caller: GatewayCaller, unknown: GatewayError): GatewayError {
  return caller.key ? wrongKey() : unknown;
}

function wrongKey(): GatewayError {
  return new GatewayError('forbidden', 'this consumer key is for another task or model');
}
