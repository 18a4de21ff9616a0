import type { FastifyInstance } from 'fastify';
import type { Scope } from '../clearml/endpoint.ts';
import { recordChange } from '../features/audit/index.ts';
import {
  dropAccessToken,
  dropKeyPair,
  endAllSessions,
  endSessions,
  sessionsOf,
} from '../features/auth/index.ts';
import { findPerson, type PersonRow } from '../features/users/index.ts';
import { inTransaction } from '../platform/database.ts';
import { type ConsoleOptions, scopeOf } from './context.ts';
import { notFound } from './errors.ts';

const admins = { config: { roles: ['admin'] } } as const;

interface Params {
  id: string;
  /** Of a key pair, token or session; absent for all of them. */
  item?: string;
}

/** What one of the lists of a person is called, and how one or all of it is taken away; answers how many there were. */
type Revocation = (scope: Scope, person: PersonRow, item: string | undefined) => Promise<number>;

/** What people prove themselves with, revoked by an administrator: one, or all of a kind. */
export function credentialRoutes(app: FastifyInstance, { db, auth }: ConsoleOptions): void {
  const revoke = (list: string, what: string, revocation: Revocation) => {
    for (const path of [`/users/:id/${list}`, `/users/:id/${list}/:item`]) {
      app.delete<{ Params: Params }>(path, admins, async (request) => {
        const { id, item } = request.params;
        const revoked = await inTransaction(db, async (transaction) => {
          const scope = scopeOf(transaction, request);
          const person = await findPerson(scope, id);
          if (!person) throw notFound('user');
          return revocation(scope, person, item);
        });
        if (item !== undefined && revoked === 0) throw notFound(what);
        return { revoked };
      });
    }
  };

  revoke('keys', 'key pair', async (scope, { id }, key) => {
    const keys =
      key !== undefined ? [key] : (await auth.listKeyPairs(id)).map(({ access_key }) => access_key);
    return countOf(keys, (each) => dropKeyPair(scope, id, each));
  });

  revoke('tokens', 'token', async (scope, { id }, token) => {
    const tokens = token !== undefined ? [token] : (await auth.listAccessTokens(id)).map((each) => each.id);
    return countOf(tokens, (each) => dropAccessToken(scope, id, each));
  });

  revoke('sessions', 'session', (scope, person, session) => endLogins(scope, person, session));
}

async function countOf(items: readonly string[], drop: (item: string) => Promise<boolean>): Promise<number> {
  let count = 0;
  for (const item of items) if (await drop(item)) count += 1;
  return count;
}

/** Ends one login, or all: of oneself all but the one that asks, of others also what programs opened with key pairs. */
export async function endLogins(
  scope: Scope,
  person: PersonRow,
  session: string | undefined,
): Promise<number> {
  const { id, name } = person;
  const listed = (await sessionsOf(scope.db, id)).map((each) => each.id);
  const isSelf = id === scope.caller.userId;
  const current = scope.caller.proof?.rootSession;
  const ids = session === undefined ? listed.filter((each) => !isSelf || each !== current) : [session];
  const ended = await endSessions(scope, id, ids);
  if (session === undefined && !isSelf) await endAllSessions(scope, id);
  if (ended === 0 && (isSelf || session !== undefined)) return 0;
  const subject = { subject: 'session', id: session ?? id, name } as const;
  await recordChange(scope, { action: 'revoke', ...subject, before: { user_id: id, sessions: ended } });
  return ended;
}
