import { loginRequest, type ServerInfo, type User } from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Kysely } from 'kysely';
import type { Static } from 'typebox';
import { sessionCookieOf } from '../features/auth/index.ts';
import type { DB } from '../platform/schema.ts';
import { arnoVersion } from '../platform/version.ts';
import { type ConsoleOptions, callerOf } from './context.ts';
import { ConsoleApiError } from './errors.ts';
import { LoginGuard } from './login-guard.ts';

/** Login, logout, and who is logged in. */
export function sessionRoutes(app: FastifyInstance, { db, auth, server }: ConsoleOptions): void {
  const guard = new LoginGuard();

  app.post<{ Body: Static<typeof loginRequest> }>(
    '/login',
    { schema: { body: loginRequest }, config: { open: true } },
    async (request, reply) => {
      const { username, password } = request.body;
      await guard.begin(request.ip, username);
      const caller = await auth.callerOfPassword(username, password);
      if (!caller) throw new ConsoleApiError('wrong_credentials', 'the user name or the password is wrong');
      await guard.succeeded(request.ip, username);
      const { token, expiresAt } = await auth.logIn(caller, request);
      reply.header('set-cookie', sessionCookieOf(token, expiresAt, request.protocol === 'https'));
      return { user: await userOf(db, caller.userId) };
    },
  );

  app.post('/logout', { config: { open: true } }, async (request, reply) => {
    await auth.endSession(request.headers.authorization, request);
    const isSecure = request.protocol === 'https';
    return reply
      .header('set-cookie', sessionCookieOf('', new Date(0), isSecure))
      .code(204)
      .send();
  });

  app.get('/me', async (request) => ({
    user: await userOf(db, callerOf(request).userId),
    version: arnoVersion,
    server: serverInfo(server),
  }));
}

/** What decides which pages there are. */
function serverInfo({ roles, tracking: { here, web } }: ConsoleOptions['server']): ServerInfo {
  return { roles: [...roles], tracking: { here, ...(web !== undefined && { web }) } };
}

export async function userOf(db: Kysely<DB>, id: string): Promise<User> {
  const row = await db
    .selectFrom('users')
    .select(['id', 'username', 'name', 'role'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return { ...row, role: row.role as User['role'] };
}
