import { type MappingRestored, restorePath } from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { restoreMapping } from '../features/mappings/index.ts';
import { inTransaction } from '../platform/database.ts';
import { type ConsoleOptions, scopeOf } from './context.ts';
import { ConsoleApiError } from './errors.ts';

/** Undoes the deletion that an entry of the audit list is about. */
export function mappingRestoreRoutes(app: FastifyInstance, { db, serving }: ConsoleOptions): void {
  app.post<{ Params: Static<typeof restorePath> }>(
    '/audit/:id/restore',
    { schema: { params: restorePath }, config: { roles: ['admin'] } },
    async (request): Promise<MappingRestored> => {
      const restored = await inTransaction(db, (transaction) =>
        restoreMapping(scopeOf(transaction, request), request.params.id),
      );
      if (!restored) {
        const words =
          'there is nothing to bring back: it is back already, or was deleted more than a day ago';
        throw new ConsoleApiError('not_found', words);
      }
      serving.changed();
      return restored;
    },
  );
}
