import {
  type BrowserSession,
  type PasswordChange,
  type Profile,
  type ProfileChanges,
  passwordChange,
  profileChanges,
} from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Scope } from '../clearml/endpoint.ts';
import {
  type BrowserSession as BrowserSessionRow,
  editAccount,
  hashPassword,
  sessionCookieOf,
  sessionsOf,
  setPassword,
} from '../features/auth/index.ts';
import { findPerson, type PersonRow } from '../features/users/index.ts';
import { inTransaction } from '../platform/database.ts';
import { accountRule, isProvided } from './account-rules.ts';
import { type ConsoleOptions, callerOf, scopeOf } from './context.ts';
import { endLogins } from './credentials.ts';
import { ConsoleApiError, notFound } from './errors.ts';
import { LoginGuard } from './login-guard.ts';
import { userOf } from './session.ts';

/** What everybody sees and changes of their own account. */
export function profileRoutes(app: FastifyInstance, options: ConsoleOptions): void {
  accountRoutes(app, options);
  sessionRoutes(app, options);
  passwordRoute(app, options);
}

function accountRoutes(app: FastifyInstance, options: ConsoleOptions): void {
  const { db } = options;

  app.get('/me/profile', async (request): Promise<Profile> => {
    const scope = scopeOf(db, request);
    const person = await ownAccount(scope);
    const { id, origin, email, hasPassword, created } = person;
    const current = scope.caller.proof?.rootSession;
    const sessions = await sessionsOf(db, id);
    return {
      ...{ origin, has_password: hasPassword, is_provided: isProvided(options, person) },
      ...(email !== null && { email }),
      created_at: created.toISOString(),
      sessions: sessions.map((session) => wireSession(session, current)),
    };
  });

  app.patch<{ Body: ProfileChanges }>('/me', { schema: { body: profileChanges } }, async (request) =>
    inTransaction(db, async (transaction) => {
      const scope = scopeOf(transaction, request);
      const person = await ownAccount(scope);
      if (isProvided(options, person)) {
        const remedy = 'the identity provider says your name: change it there';
        throw new ConsoleApiError('conflict', remedy, 'name');
      }
      await editAccount(scope, person.id, { name: request.body.name.trim() }).catch(accountRule('name'));
      return { user: await userOf(transaction, person.id) };
    }),
  );
}

function sessionRoutes(app: FastifyInstance, { db }: ConsoleOptions): void {
  for (const path of ['/me/sessions', '/me/sessions/:id']) {
    app.delete<{ Params: { id?: string } }>(path, async (request) => {
      const { id } = request.params;
      const revoked = await inTransaction(db, async (transaction) => {
        const scope = scopeOf(transaction, request);
        return endLogins(scope, await ownAccount(scope), id);
      });
      if (id !== undefined && revoked === 0) throw notFound('session');
      return { revoked };
    });
  }
}

function passwordRoute(app: FastifyInstance, { db, auth }: ConsoleOptions): void {
  const guard = new LoginGuard();

  app.post<{ Body: PasswordChange }>(
    '/me/password',
    { schema: { body: passwordChange } },
    async (request, reply) => {
      const { current, password } = request.body;
      const { username, hasPassword, id } = await ownAccount(scopeOf(db, request));
      if (!hasPassword) throw new ConsoleApiError('conflict', 'you have no password: you log in elsewhere');
      // Who sits at a session left open may guess no more often than at the door.
      await guard.begin(request.ip, username);
      if ((await auth.callerOfPassword(username, current))?.userId !== id)
        throw new ConsoleApiError('invalid_field', 'this is not your present password', 'current');
      await guard.succeeded(request.ip, username);
      if (current === password)
        throw new ConsoleApiError('invalid_field', 'this is the password you have already', 'password');
      const passwordHash = await hashPassword(password);
      await inTransaction(db, (transaction) =>
        setPassword(scopeOf(transaction, request), id, passwordHash).catch(accountRule()),
      );
      // All sessions have ended, and with them the one that asks: a browser gets another.
      const caller = callerOf(request);
      if (caller.proof?.rootSession !== undefined) {
        const { proof: _ended, ...person } = caller;
        const { token, expiresAt } = await auth.logIn(person, request);
        reply.header('set-cookie', sessionCookieOf(token, expiresAt, request.protocol === 'https'));
      }
      return reply.code(204).send();
    },
  );
}

async function ownAccount(scope: Scope): Promise<PersonRow> {
  const person = await findPerson(scope, scope.caller.userId);
  if (!person) throw notFound('account');
  return person;
}

/** @param current id of the session that asks */
export function wireSession(session: BrowserSessionRow, current: string | undefined): BrowserSession {
  const { created, expires, lastUsed, ...rest } = session;
  return {
    ...rest,
    created_at: created.toISOString(),
    expires_at: expires.toISOString(),
    last_used_at: lastUsed.toISOString(),
    current: session.id === current,
  };
}
