import {
  callerOptionsQuery,
  optionsQuery,
  type QueueOption,
  type TaskOption,
  taskOptionsQuery,
} from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { aliasesOfTasks, callerOptions, type TaskChoice } from '../features/mappings/index.ts';
import { type ConsoleOptions, scopeOf } from './context.ts';

const editors = { config: { roles: ['admin'] } } as const;
const readers = { config: { roles: ['admin', 'developer'] } } as const;

/** What the fields of a mapping can be chosen from. */
export function mappingOptionRoutes(app: FastifyInstance, { db, tasks }: ConsoleOptions): void {
  app.get<{ Querystring: Static<typeof taskOptionsQuery> }>(
    '/mapping-options/tasks',
    { ...editors, schema: { querystring: taskOptionsQuery } },
    async (request) => {
      const scope = scopeOf(db, request);
      const { q = '', serving = false } = request.query;
      const found = await tasks.searchTasks(scope, { text: q.trim(), serving });
      const aliases = await aliasesOfTasks(
        scope,
        found.map(({ id }) => id),
      );
      return { items: found.map((task) => taskOption(task, aliases.get(task.id))) };
    },
  );

  app.get<{ Querystring: Static<typeof optionsQuery> }>(
    '/mapping-options/queues',
    { ...readers, schema: { querystring: optionsQuery } },
    async (request) => {
      const names = await tasks.searchQueues(scopeOf(db, request), request.query.q ?? '');
      return { items: names.map((name): QueueOption => ({ name })) };
    },
  );

  app.get<{ Querystring: Static<typeof callerOptionsQuery> }>(
    '/mapping-options/callers',
    { ...readers, schema: { querystring: callerOptionsQuery } },
    (request) => {
      const { q = '', ids } = request.query;
      return callerOptions(scopeOf(db, request), { text: q, ids: ids?.split(',') ?? [] });
    },
  );
}

function taskOption({ id, name, project, type }: TaskChoice, alias: string | undefined): TaskOption {
  return { id, name, ...(project && { project }), ...(type && { type }), ...(alias && { alias }) };
}
