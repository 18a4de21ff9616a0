import type { Role } from '@arno/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import type { Caller, Scope } from '../clearml/endpoint.ts';
import { ClearmlError } from '../clearml/errors.ts';
import type { AccessRules } from '../features/access/index.ts';
import type { Auth } from '../features/auth/index.ts';
import type { OidcLogin } from '../features/login/index.ts';
import type { TaskSource } from '../features/mappings/index.ts';
import type { CallFeed, Serving } from '../gateway/index.ts';
import type { Db } from '../platform/database.ts';
import type { Logger } from '../platform/log.ts';
import type { DB } from '../platform/schema.ts';
import { ConsoleApiError } from './errors.ts';
import type { ServerFacts } from './server-facts.ts';

export interface ConsoleOptions {
  /** Who may come in, as administrators edit it. */
  accessRules: AccessRules;
  /** Where the agent beside the server calls from; undefined without one. */
  ownAgentAddress?: string | undefined;
  db: Kysely<DB>;
  log: Logger;
  auth: Auth;
  /** What happens in the log of calls. */
  callFeed: CallFeed;
  /** Where serving machines may be, and how they are doing. */
  serving: Serving;
  /** What mappings are checked against. */
  tasks: TaskSource;
  /** What this process is and does. */
  server: ServerFacts;
  /** Whether the gateway answers on the port of the console. */
  hasGateway: boolean;
  /** The single sign-on, when there is one. */
  oidc?: OidcLogin | undefined;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A route of the console that nobody needs to be logged in for. */
    open?: boolean;
    /** A route of the console that a browser opens as a page, also when another site sends it there. */
    navigable?: boolean;
    /** Who may use a route of the console; without it everybody who is logged in. */
    roles?: readonly Role[];
  }
  interface FastifyRequest {
    consoleCaller: Caller | undefined;
  }
}

/**
 * Finds out who asks, before the body is read. A browser that sends the session cookie because another site made it do so is
 * nobody.
 *
 * @throws ConsoleApiError unauthorized, forbidden
 */
export async function admit(auth: Auth, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  // Answers are about one person and now.
  reply.header('cache-control', 'no-store');
  const { open, navigable, roles } = request.routeOptions.config;
  const { authorization, 'sec-fetch-site': site } = request.headers;
  const isForeign = site === 'cross-site' || site === 'same-site';
  if (isForeign && !authorization && !navigable)
    throw new ConsoleApiError('forbidden', 'requests from other sites are refused');
  if (open) return;
  const caller = await auth.authenticate(authorization, request).catch((error) => {
    throw error instanceof ClearmlError ? new ConsoleApiError('unauthorized', 'log in first') : error;
  });
  // On plain HTTP a browser does not say which page makes it ask. What a page elsewhere can make it send unasked is no JSON.
  if (site === undefined && !authorization && request.method === 'POST' && !isJson(request))
    throw new ConsoleApiError(
      'forbidden',
      'send Content-Type: application/json, and {} for a body without fields',
    );
  if (caller.isAgent || caller.task !== undefined) {
    throw new ConsoleApiError('forbidden', 'the console is for people, not for agents and their tasks');
  }
  if (roles && !roles.includes(caller.role)) {
    throw new ConsoleApiError(
      'forbidden',
      `this needs the role ${roles.join(' or ')}; yours is ${caller.role}`,
    );
  }
  request.consoleCaller = caller;
}

function isJson({ headers }: FastifyRequest): boolean {
  return /^application\/json\b/i.test(headers['content-type'] ?? '');
}

/** The caller of a request that was admitted. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.consoleCaller) throw new Error(`${request.url} is open to everybody`);
  return request.consoleCaller;
}

export function scopeOf(db: Db, request: FastifyRequest): Scope {
  return { db, caller: callerOf(request), now: new Date() };
}
