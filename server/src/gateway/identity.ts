import type { Caller } from '../clearml/endpoint.ts';
import { ClearmlError } from '../clearml/errors.ts';
import type { Auth } from '../features/auth/index.ts';
import { GatewayError } from './errors.ts';

const remedy = 'send Authorization: Bearer with a personal token';

/**
 * Who calls. Only what the caller sends on purpose counts: a browser's session cookie does not, or any page could make its
 * visitors call.
 *
 * @param inBody the `access_token` of a legacy body
 * @throws GatewayError unauthorized
 */
export async function identify(
  auth: Auth,
  authorization: string | undefined,
  inBody?: unknown,
): Promise<Caller> {
  const token = typeof inBody === 'string' && inBody !== '' ? inBody : bearerToken(authorization);
  try {
    return await auth.callerOfToken(token);
  } catch (error) {
    if (!(error instanceof ClearmlError)) throw error;
    throw new GatewayError('unauthorized', `the token is wrong, revoked or expired; ${remedy}`);
  }
}

function bearerToken(authorization: string | undefined): string {
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (token) return token;
  throw new GatewayError('unauthorized', `the call has no token; ${remedy}`);
}
