import type { Caller } from '../clearml/endpoint.ts';
import { ClearmlError } from '../clearml/errors.ts';
import type { Auth } from '../features/auth/index.ts';
import { GatewayError } from './errors.ts';

const remedy = 'send Authorization: Bearer with a personal token';

/**
 * The tokens that came with a request, the one that counts first. Only what the caller sends on purpose is one: a browser's
 * session cookie is not, or any page could make its visitors call.
 *
 * @param inBody the `access_token` of a legacy body
 */
export function presentedTokens(authorization: string | undefined, inBody?: unknown): string[] {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  return [inBody, bearer].filter((token) => typeof token === 'string' && token !== '') as string[];
}

/**
 * Who calls.
 *
 * @throws GatewayError unauthorized
 */
export async function identify(auth: Auth, [token]: readonly string[]): Promise<Caller> {
  if (!token) throw new GatewayError('unauthorized', `the call has no token; ${remedy}`);
  try {
    return await auth.callerOfToken(token);
  } catch (error) {
    if (!(error instanceof ClearmlError)) throw error;
    throw new GatewayError('unauthorized', `the token is wrong, revoked or expired; ${remedy}`);
  }
}
