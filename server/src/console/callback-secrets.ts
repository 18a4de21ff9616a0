import type { CallbackSecret } from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import { callbackSecret, rotateCallbackSecret } from '../features/mappings/index.ts';
import { inTransaction } from '../platform/database.ts';
import { type ConsoleOptions, scopeOf } from './context.ts';
import { notFound } from './errors.ts';

type IdPath = { Params: { id: string } };

/** What signs the callbacks of a task mapping: admins give it to who receives them. */
export function callbackSecretRoutes(app: FastifyInstance, { db }: ConsoleOptions): void {
  const path = '/task-mappings/:id/callback-secret';
  const admins = { config: { roles: ['admin'] } } as const;

  app.get<IdPath>(path, admins, async (request) =>
    wire(await callbackSecret(scopeOf(db, request), request.params.id)),
  );

  app.post<IdPath>(path, admins, async (request) =>
    wire(
      await inTransaction(db, (transaction) =>
        rotateCallbackSecret(scopeOf(transaction, request), request.params.id),
      ),
    ),
  );
}

function wire(callback_secret: string | undefined): CallbackSecret {
  if (callback_secret === undefined) throw notFound('mapping');
  return { callback_secret };
}
