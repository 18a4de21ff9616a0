import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sessionCookieOf } from '../features/auth/index.ts';
import { OidcError, type OidcLogin } from '../features/login/index.ts';
import { cookieOf } from '../platform/cookies.ts';
import type { ConsoleOptions } from './context.ts';
import { notFound } from './errors.ts';

const attemptCookie = 'arno_oidc';

/** Browsers come here by links and redirects, the second time from the provider's site. */
const config = { open: true, navigable: true };

/** Single sign-on. A person ends at the console, or at its login page with `sso_error` when it came to nothing. */
export function oidcRoutes(app: FastifyInstance, { auth, oidc, log }: ConsoleOptions): void {
  const failed = (reply: FastifyReply, error: unknown) => {
    if (!(error instanceof OidcError)) throw error;
    log.warn({ err: error }, 'a single sign-on failed');
    return reply.redirect(`/login?sso_error=${encodeURIComponent(error.message)}`, 303);
  };

  app.get('/login/oidc', { config }, async (request, reply) => {
    const path = request.routeOptions.url ?? '';
    const redirectUri = `${request.protocol}://${request.host}${path}/callback`;
    try {
      const { url, attempt, seconds } = await provider(oidc).begin(redirectUri);
      return reply.header('set-cookie', cookie(request, attempt, seconds)).redirect(url, 303);
    } catch (error) {
      return failed(reply, error);
    }
  });

  app.get('/login/oidc/callback', { config }, async (request, reply) => {
    reply.header('set-cookie', cookie(request, '', 0));
    try {
      const query = request.url.replace(/^[^?]*/, '');
      const caller = await provider(oidc).finish(query, cookieOf(request.headers.cookie, attemptCookie));
      const { token, expiresAt } = await auth.openSession(caller);
      reply.header('set-cookie', sessionCookieOf(token, expiresAt, request.protocol === 'https'));
      return reply.redirect('/', 303);
    } catch (error) {
      return failed(reply, error);
    }
  });
}

function provider(oidc: OidcLogin | undefined): OidcLogin {
  if (!oidc) throw notFound('single sign-on');
  return oidc;
}

/** Lax and not strict: the browser has to send it when the provider sends the browser back. */
function cookie({ protocol, routeOptions }: FastifyRequest, value: string, seconds: number): string {
  const path = (routeOptions.url ?? '').replace(/\/callback$/, '');
  const secure = protocol === 'https' ? '; Secure' : '';
  return `${attemptCookie}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}
