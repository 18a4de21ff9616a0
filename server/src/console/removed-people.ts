import type { RemovedPerson } from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import { readmit, removedPeople } from '../features/login/index.ts';
import { inTransaction } from '../platform/database.ts';
import { type ConsoleOptions, callerOf, scopeOf } from './context.ts';
import { notFound } from './errors.ts';

const admins = { config: { roles: ['admin'] } } as const;

/** People of the single sign-on whose accounts were deleted. They stay out until an administrator lets them in again. */
export function removedPeopleRoutes(app: FastifyInstance, { db }: ConsoleOptions): void {
  app.get('/removed-people', admins, async (request) => {
    const rows = await removedPeople(db, callerOf(request).company);
    const items: RemovedPerson[] = rows.map(({ id, username, name, removed }) => ({
      ...{ id, username, name },
      removed_at: removed.toISOString(),
    }));
    return { items };
  });

  app.delete<{ Params: { id: string } }>('/removed-people/:id', admins, async (request, reply) => {
    const readmitted = await inTransaction(db, (transaction) =>
      readmit(scopeOf(transaction, request), request.params.id),
    );
    if (!readmitted) throw notFound('removed person');
    return reply.code(204).send();
  });
}
