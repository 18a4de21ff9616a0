import { type AccessToken, accessTokenInput, type KeyPair, keyPairInput } from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { dropAccessToken, dropKeyPair, makeAccessToken, makeKeyPair } from '../features/auth/index.ts';
import { inTransaction } from '../platform/database.ts';
import { type ConsoleOptions, callerOf, scopeOf } from './context.ts';
import { notFound } from './errors.ts';

const dayMs = 86_400_000;

/** The caller's own personal tokens and key pairs. A secret is shown once, when it is made. */
export function keyRoutes(app: FastifyInstance, options: ConsoleOptions): void {
  tokenRoutes(app, options);
  keyPairRoutes(app, options);
}

function tokenRoutes(app: FastifyInstance, { db, auth }: ConsoleOptions): void {
  app.get('/tokens', async (request) => ({
    items: (await auth.listAccessTokens(callerOf(request).userId)).map(wireToken),
  }));

  app.post<{ Body: Static<typeof accessTokenInput> }>(
    '/tokens',
    { schema: { body: accessTokenInput } },
    async (request, reply) => {
      const { name, expires_in_days: days } = request.body;
      const expires = days === undefined ? undefined : new Date(Date.now() + days * dayMs);
      const made = await inTransaction(db, (transaction) =>
        makeAccessToken(scopeOf(transaction, request), name, expires),
      );
      return reply.code(201).send(made);
    },
  );

  app.delete<{ Params: { id: string } }>('/tokens/:id', async (request, reply) => {
    const { userId } = callerOf(request);
    const existed = await inTransaction(db, (transaction) =>
      dropAccessToken(scopeOf(transaction, request), userId, request.params.id),
    );
    if (!existed) throw notFound('token');
    return reply.code(204).send();
  });
}

function keyPairRoutes(app: FastifyInstance, { db, auth }: ConsoleOptions): void {
  app.get('/keys', async (request) => ({
    items: (await auth.listKeyPairs(callerOf(request).userId)).map(wireKeyPair),
  }));

  app.post<{ Body: Static<typeof keyPairInput> }>(
    '/keys',
    { schema: { body: keyPairInput } },
    async (request, reply) => {
      const { accessKey, secretKey } = await inTransaction(db, (transaction) =>
        makeKeyPair(scopeOf(transaction, request), request.body.label),
      );
      return reply.code(201).send({ access_key: accessKey, secret_key: secretKey });
    },
  );

  app.delete<{ Params: { key: string } }>('/keys/:key', async (request, reply) => {
    const { userId } = callerOf(request);
    const existed = await inTransaction(db, (transaction) =>
      dropKeyPair(scopeOf(transaction, request), userId, request.params.key),
    );
    if (!existed) throw notFound('key pair');
    return reply.code(204).send();
  });
}

type TokenRow = Awaited<ReturnType<ConsoleOptions['auth']['listAccessTokens']>>[number];
type KeyRow = Awaited<ReturnType<ConsoleOptions['auth']['listKeyPairs']>>[number];

export function wireToken({ id, name, created, expires, last_used }: TokenRow): AccessToken {
  return {
    ...{ id, name, created_at: created.toISOString() },
    ...(expires && { expires_at: expires.toISOString() }),
    ...(last_used && { last_used_at: last_used.toISOString() }),
  };
}

export function wireKeyPair({ access_key, label, created, last_used, last_used_from }: KeyRow): KeyPair {
  return {
    ...{ access_key, created_at: created.toISOString() },
    ...(label !== null && { label }),
    ...(last_used && { last_used_at: last_used.toISOString() }),
    ...(last_used_from !== null && { last_used_from }),
  };
}
