import {
  type Belongings,
  type NewUserInput,
  newUserInput,
  type Page,
  type PeopleQuery,
  type Person,
  type PersonDetail,
  type PersonName,
  passwordInput,
  peopleQuery,
  personNamesQuery,
  type UserChanges,
  userChanges,
} from '@arno/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { Scope } from '../clearml/endpoint.ts';
import {
  createAccount,
  deleteAccount,
  editAccount,
  hashPassword,
  sessionsOf,
  setPassword,
} from '../features/auth/index.ts';
import { belongingsOf, findPerson, listNames, listPeople, type PersonRow } from '../features/users/index.ts';
import { inTransaction } from '../platform/database.ts';
import { randomText } from '../platform/ids.ts';
import { accountRule, isProvided } from './account-rules.ts';
import { type ConsoleOptions, callerOf, scopeOf } from './context.ts';
import { ConsoleApiError, notFound } from './errors.ts';
import { wireKeyPair, wireToken } from './keys.ts';
import { wireSession } from './profile.ts';

const defaultPageSize = 25;
const admins = { config: { roles: ['admin'] } } as const;
const pickers = { config: { roles: ['admin', 'developer'] } } as const;

type IdPath = { Params: { id: string } };

/** The accounts of the installation, for administrators; others only get the names of people to share something with. */
export function peopleRoutes(app: FastifyInstance, options: ConsoleOptions): void {
  const { db } = options;

  app.get<{ Querystring: Static<typeof personNamesQuery> }>(
    '/people',
    { ...pickers, schema: { querystring: personNamesQuery } },
    async (request): Promise<{ items: PersonName[] }> => ({
      items: await listNames(scopeOf(db, request), request.query.q),
    }),
  );

  app.get<{ Querystring: PeopleQuery }>(
    '/users',
    { ...admins, schema: { querystring: peopleQuery } },
    async (request): Promise<Page<Person>> => {
      const { page = 1, page_size: limit = defaultPageSize, order = 'name', ...filter } = request.query;
      const list = { order, limit, offset: (page - 1) * limit };
      const { rows, total } = await listPeople(scopeOf(db, request), filter, list);
      return { items: rows.map(personView), total };
    },
  );

  app.get<IdPath>('/users/:id', admins, (request) => detailOf(options, scopeOf(db, request), request));

  app.get<IdPath>('/users/:id/belongings', admins, async (request): Promise<Belongings> => {
    const scope = scopeOf(db, request);
    await requirePerson(scope, request.params.id);
    return belongingsOf(scope, request.params.id);
  });

  editRoutes(app, options);
  passwordAndRemovalRoutes(app, options);
}

function editRoutes(app: FastifyInstance, options: ConsoleOptions): void {
  const { db } = options;

  app.post<{ Body: NewUserInput }>(
    '/users',
    { ...admins, schema: { body: newUserInput } },
    async (request, reply) => {
      const { password: chosen, email, ...person } = request.body;
      const password = chosen ?? randomText(12);
      const passwordHash = await hashPassword(password);
      const user = await inTransaction(db, async (transaction) => {
        const scope = scopeOf(transaction, request);
        const account = { ...person, name: person.name.trim(), email: email || undefined, passwordHash };
        const id = await createAccount(scope, account).catch(accountRule('username'));
        return personView(await requirePerson(scope, id));
      });
      return reply.code(201).send({ user, ...(chosen === undefined && { password }) });
    },
  );

  app.patch<IdPath & { Body: UserChanges }>(
    '/users/:id',
    { ...admins, schema: { body: userChanges } },
    async (request) =>
      inTransaction(db, async (transaction) => {
        const scope = scopeOf(transaction, request);
        const { id } = request.params;
        const { name, email, ...changes } = request.body;
        await mayChange(options, scope, id, request.body);
        const all = { ...changes, name: name?.trim(), email: email === '' ? null : email };
        const [field] = Object.keys(changes);
        await editAccount(scope, id, all).catch(accountRule(field));
        return detailOf(options, scope, request);
      }),
  );
}

function passwordAndRemovalRoutes(app: FastifyInstance, options: ConsoleOptions): void {
  const { db } = options;

  app.post<IdPath & { Body: Static<typeof passwordInput> }>(
    '/users/:id/password',
    { ...admins, schema: { body: passwordInput } },
    async (request) => {
      const { password: chosen } = request.body;
      const password = chosen ?? randomText(12);
      const passwordHash = await hashPassword(password);
      await inTransaction(db, async (transaction) => {
        const scope = scopeOf(transaction, request);
        const person = await requirePerson(scope, request.params.id);
        if (isProvided(options, person)) throw byProvider('password', 'their password');
        await setPassword(scope, request.params.id, passwordHash).catch(accountRule());
      });
      return chosen === undefined ? { password } : {};
    },
  );

  app.delete<IdPath>('/users/:id', admins, async (request, reply) => {
    await inTransaction(db, (transaction) =>
      deleteAccount(scopeOf(transaction, request), request.params.id).catch(accountRule()),
    );
    return reply.code(204).send();
  });
}

/** @throws ConsoleApiError conflict for what is not decided here, or not by oneself */
async function mayChange(
  options: ConsoleOptions,
  scope: Scope,
  id: string,
  changes: UserChanges,
): Promise<void> {
  const person = await requirePerson(scope, id);
  const { role, name = person.name, email = person.email ?? '' } = changes;
  const isOtherRole = role !== undefined && role !== person.role;
  if (isOtherRole && id === scope.caller.userId) {
    throw new ConsoleApiError('conflict', 'another administrator has to change your role', 'role');
  }
  if (!isProvided(options, person)) return;
  if (isOtherRole) throw byProvider('role', 'their role, by the role map');
  if (name.trim() !== person.name) throw byProvider('name', 'their name');
  if (email !== (person.email ?? '')) throw byProvider('email', 'their e-mail address');
}

function byProvider(field: string, what: string): ConsoleApiError {
  return new ConsoleApiError('conflict', `the identity provider says ${what}`, field);
}

async function requirePerson(scope: Scope, id: string): Promise<PersonRow> {
  const person = await findPerson(scope, id);
  if (!person) throw notFound('user');
  return person;
}

async function detailOf(
  options: ConsoleOptions,
  scope: Scope,
  request: FastifyRequest<IdPath>,
): Promise<PersonDetail> {
  const { id } = request.params;
  const person = await requirePerson(scope, id);
  const current = callerOf(request).proof?.rootSession;
  const sessions = await sessionsOf(scope.db, id);
  return {
    ...personView(person),
    is_provided: isProvided(options, person),
    ...(person.oidcIssuer !== null && {
      provider: { issuer: person.oidcIssuer, roles: person.oidcRoles, groups: person.oidcGroups },
    }),
    key_pairs: (await options.auth.listKeyPairs(id)).map(wireKeyPair),
    access_tokens: (await options.auth.listAccessTokens(id)).map(wireToken),
    sessions: sessions.map((session) => wireSession(session, current)),
  };
}

function personView(row: PersonRow): Person {
  const { id, username, name, email, role, origin, hasPassword, disabled, created, lastSeen } = row;
  return {
    ...{ id, username, name, role, origin, has_password: hasPassword },
    created_at: created.toISOString(),
    ...(email !== null && { email }),
    ...(disabled && { disabled_at: disabled.toISOString() }),
    ...(lastSeen && { last_seen_at: lastSeen.toISOString() }),
    ...{ keys: row.keys, tokens: row.tokens },
  };
}
