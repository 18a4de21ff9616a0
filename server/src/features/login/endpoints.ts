import { type Endpoint, open } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { type Auth, type RequestOrigin, sessionCookieOf } from '../auth/index.ts';

/**
 * How one may log in, asked before anybody has.
 *
 * @param ssoUrl where the single sign-on begins; undefined without one
 */
export function loginEndpoints(auth: Auth, ssoUrl: string | undefined): Endpoint[] {
  return [
    open('login.supported_modes', async (call) => ({
      basic: { enabled: true, guest: { enabled: false } },
      sso: ssoUrl === undefined ? {} : { oidc: ssoUrl },
      sso_providers:
        ssoUrl === undefined ? [] : [{ name: 'oidc', url: ssoUrl, displayName: 'OpenID Connect' }],
      server_errors: {},
      authenticated: await isLoggedIn(auth, call),
    })),

    // Nobody need be logged in to log out.
    open('login.logout', async (call) => {
      await auth.endSession(call.headers.authorization, call);
      call.setHeader('set-cookie', sessionCookieOf('', new Date(0)));
      return {};
    }),
  ];
}

async function isLoggedIn(auth: Auth, request: RequestOrigin): Promise<boolean> {
  try {
    await auth.authenticate(request.headers.authorization, request);
    return true;
  } catch (error) {
    if (error instanceof ClearmlError) return false;
    throw error;
  }
}
