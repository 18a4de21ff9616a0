import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sessionCookieOf } from '../features/auth/index.ts';
import { OidcError, type OidcLogin } from '../features/login/index.ts';
import { cookieOf } from '../platform/cookies.ts';
import type { ConsoleOptions } from './context.ts';
import { notFound } from './errors.ts';

const attemptCookie = 'arno_oidc';
/** The page of the console to return to, kept beside the attempt. */
const pageCookie = 'arno_oidc_next';

/** Browsers come here by links and redirects, the second time from the provider's site. */
const config = { open: true, navigable: true };

/**
 * Single sign-on. A person ends at the page of the console named by `next`, or at the login page with `sso_error` when it came to
 * nothing.
 */
export function oidcRoutes(app: FastifyInstance, { auth, oidc, log }: ConsoleOptions): void {
  const failed = (reply: FastifyReply, error: unknown, page: string) => {
    if (!(error instanceof OidcError)) throw error;
    log.warn({ err: error }, 'a single sign-on failed');
    const next = page === '/' ? '' : `&next=${encodeURIComponent(page)}`;
    return reply.redirect(`/login?sso_error=${encodeURIComponent(error.message)}${next}`, 303);
  };

  app.get<{ Querystring: { next?: unknown } }>('/login/oidc', { config }, async (request, reply) => {
    const page = ownPage(request.query.next);
    const path = request.routeOptions.url ?? '';
    const redirectUri = `${request.protocol}://${request.host}${path}/callback`;
    try {
      const { url, attempt, seconds } = await provider(oidc).begin(redirectUri);
      reply.header('set-cookie', cookie(request, attemptCookie, attempt, seconds));
      reply.header('set-cookie', cookie(request, pageCookie, encodeURIComponent(page), seconds));
      return reply.redirect(url, 303);
    } catch (error) {
      return failed(reply, error, page);
    }
  });

  app.get('/login/oidc/callback', { config }, async (request, reply) => {
    for (const name of [attemptCookie, pageCookie]) reply.header('set-cookie', cookie(request, name, '', 0));
    const page = ownPage(decoded(cookieOf(request.headers.cookie, pageCookie)));
    try {
      const query = request.url.replace(/^[^?]*/, '');
      const caller = await provider(oidc).finish(query, cookieOf(request.headers.cookie, attemptCookie));
      const { token, expiresAt } = await auth.logIn(caller, request);
      reply.header('set-cookie', sessionCookieOf(token, expiresAt, request.protocol === 'https'));
      return reply.redirect(page, 303);
    } catch (error) {
      return failed(reply, error, page);
    }
  });
}

function provider(oidc: OidcLogin | undefined): OidcLogin {
  if (!oidc) throw notFound('single sign-on');
  return oidc;
}

const maxPageChars = 2_000;

/** A page of this origin, whoever asked for it: nobody is sent to another site from here. */
function ownPage(page: unknown): string {
  const isOwn =
    typeof page === 'string' && page.length <= maxPageChars && /^\/(?![/\\])[\x21-\x7e]*$/.test(page);
  return isOwn ? page : '/';
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Lax and not strict: the browser has to send it when the provider sends the browser back. */
function cookie(
  { protocol, routeOptions }: FastifyRequest,
  name: string,
  value: string,
  seconds: number,
): string {
  const path = (routeOptions.url ?? '').replace(/\/callback$/, '');
  const secure = protocol === 'https' ? '; Secure' : '';
  return `${name}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}
