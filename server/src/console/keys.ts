import { type AccessToken, accessTokenInput, type KeyPair, keyPairInput } from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { type ConsoleOptions, callerOf } from './context.ts';
import { notFound } from './errors.ts';

const dayMs = 86_400_000;

/** The caller's own personal tokens and key pairs. A secret is shown once, when it is made. */
export function keyRoutes(app: FastifyInstance, { auth }: ConsoleOptions): void {
  app.get('/tokens', async (request) => {
    const rows = await auth.listAccessTokens(callerOf(request).userId);
    const items: AccessToken[] = rows.map(({ id, name, created, expires, last_used }) => ({
      id,
      name,
      created_at: created.toISOString(),
      ...(expires && { expires_at: expires.toISOString() }),
      ...(last_used && { last_used_at: last_used.toISOString() }),
    }));
    return { items };
  });

  app.post<{ Body: Static<typeof accessTokenInput> }>(
    '/tokens',
    { schema: { body: accessTokenInput } },
    async (request, reply) => {
      const { name, expires_in_days: days } = request.body;
      const expires = days === undefined ? undefined : new Date(Date.now() + days * dayMs);
      return reply.code(201).send(await auth.createAccessToken(callerOf(request).userId, name, expires));
    },
  );

  app.delete<{ Params: { id: string } }>('/tokens/:id', async (request, reply) => {
    if (!(await auth.revokeAccessToken(callerOf(request).userId, request.params.id))) throw notFound('token');
    return reply.code(204).send();
  });

  app.get('/keys', async (request) => {
    const rows = await auth.listKeyPairs(callerOf(request).userId);
    const items: KeyPair[] = rows.map(({ access_key, label, created, last_used }) => ({
      access_key,
      created_at: created.toISOString(),
      ...(label !== null && { label }),
      ...(last_used && { last_used_at: last_used.toISOString() }),
    }));
    return { items };
  });

  app.post<{ Body: Static<typeof keyPairInput> }>(
    '/keys',
    { schema: { body: keyPairInput } },
    async (request, reply) => {
      const { accessKey, secretKey } = await auth.createKeyPair(callerOf(request).userId, request.body.label);
      return reply.code(201).send({ access_key: accessKey, secret_key: secretKey });
    },
  );

  app.delete<{ Params: { key: string } }>('/keys/:key', async (request, reply) => {
    if (!(await auth.revokeKeyPair(callerOf(request).userId, request.params.key))) throw notFound('key pair');
    return reply.code(204).send();
  });
}
