import { type ConsumerKey, consumerKeyInput, keyRotationInput } from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import {
  createConsumerKey,
  type KeyedTable,
  type KeyRow,
  listConsumerKeys,
  revokeConsumerKey,
  rotateConsumerKey,
} from '../features/mappings/index.ts';
import { inTransaction } from '../platform/database.ts';
import { type ConsoleOptions, scopeOf } from './context.ts';
import { notFound } from './errors.ts';

const readers = { config: { roles: ['admin', 'developer'] } } as const;
const editors = { config: { roles: ['admin'] } } as const;

interface MappingPath {
  id: string;
}
interface KeyPath extends MappingPath {
  key: string;
}

/** The consumer keys of task and endpoint mappings: developers read them, admins make and end them. A secret is shown once. */
export function consumerKeyRoutes(app: FastifyInstance, options: ConsoleOptions): void {
  keysOf(app, options, 'task_mappings', '/task-mappings/:id/keys');
  keysOf(app, options, 'endpoint_mappings', '/endpoint-mappings/:id/keys');
}

function keysOf(app: FastifyInstance, { db }: ConsoleOptions, table: KeyedTable, path: string): void {
  app.get<{ Params: MappingPath }>(path, readers, async (request) => {
    const rows = await listConsumerKeys(scopeOf(db, request), { table, id: request.params.id });
    return { items: rows.map(consumerKey) };
  });

  app.post<{ Params: MappingPath; Body: Static<typeof consumerKeyInput> }>(
    path,
    { ...editors, schema: { body: consumerKeyInput } },
    async (request, reply) => {
      const made = await inTransaction(db, (transaction) =>
        createConsumerKey(scopeOf(transaction, request), { table, id: request.params.id }, request.body),
      );
      if (!made) throw notFound('mapping');
      return reply.code(201).send(made);
    },
  );

  app.post<{ Params: KeyPath; Body: Static<typeof keyRotationInput> }>(
    `${path}/:key/rotate`,
    { ...editors, schema: { body: keyRotationInput } },
    async (request) => {
      const { id, key } = request.params;
      const rotated = await inTransaction(db, (transaction) =>
        rotateConsumerKey(scopeOf(transaction, request), { table, id }, key, request.body),
      );
      if (!rotated) throw notFound('key');
      return rotated;
    },
  );

  app.delete<{ Params: KeyPath }>(`${path}/:key`, editors, async (request, reply) => {
    const { id, key } = request.params;
    const revoked = await inTransaction(db, (transaction) =>
      revokeConsumerKey(scopeOf(transaction, request), { table, id }, key),
    );
    if (!revoked) throw notFound('key');
    return reply.code(204).send();
  });
}

function consumerKey(row: KeyRow): ConsumerKey {
  const { id, name, created, maker, expires, last_used, previous_expires } = row;
  return {
    id,
    name,
    created_at: created.toISOString(),
    ...(maker && { created_by: { id: row.created_by, name: maker } }),
    ...(expires && { expires_at: expires.toISOString() }),
    ...(last_used && { last_used_at: last_used.toISOString() }),
    ...(previous_expires &&
      previous_expires > new Date() && { previous_expires_at: previous_expires.toISOString() }),
  };
}
