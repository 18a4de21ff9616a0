import { decodeJwt } from 'jose';
import { AccessTokenError } from './access-token-error.ts';
import type { Claims } from './claims.ts';

/** Claims that OpenID Connect defines for ID tokens alone, or for logout tokens. */
const foreign = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events'];

/**
 * Only an access token calls. Keycloak says in the claim `typ` what a token is, RFC 9068 in the header `typ`; of other providers an
 * ID token is told by its own claims.
 *
 * @throws AccessTokenError
 */
export function checkKind(claims: Claims, headerType?: string): void {
  if (claims.cnf !== undefined)
    throw new AccessTokenError('is bound to a key, whose proof is not supported here');
  const header = headerType?.toLowerCase().replace(/^application\//, '');
  if (header === 'at+jwt') return;
  if (header?.endsWith('+jwt')) throw new AccessTokenError(`is none: its header says ${header}`);
  if (typeof claims.typ === 'string') {
    if (claims.typ.toLowerCase() === 'bearer') return;
    throw new AccessTokenError('is none: it is another token of the issuer, such as an ID or refresh token');
  }
  if (foreign.some((name) => claims[name] !== undefined)) {
    throw new AccessTokenError('is none: it is an ID token; send the access token that came with it');
  }
}

/** @throws AccessTokenError when it was made for none of `audiences`, if there are any */
export function checkAudience(claims: Claims, audiences: readonly string[]): void {
  if (audiences.length === 0) return;
  const { aud, azp, client_id: clientId } = claims;
  const named = [aud, azp, clientId].flat();
  if (audiences.some((audience) => named.includes(audience))) return;
  throw new AccessTokenError(`was not made for ${audiences.join(' or ')}: neither aud nor azp says so`);
}

/** What a JWT says, which anybody may have written; undefined for any other token. */
export function unverifiedClaims(token: string): Claims | undefined {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}
