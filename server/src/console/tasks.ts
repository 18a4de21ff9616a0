import {
  type TaskChoice,
  type TaskFilterQuery,
  type TaskOrder,
  type TaskStatus,
  type TaskSummary,
  type TasksCount,
  type TasksPage,
  type TasksQuery,
  taskChoicesQuery,
  tasksCountQuery,
  tasksQuery,
} from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import {
  countTasks,
  isTaskPlace,
  listTasks,
  type TaskFilter,
  type TaskListRow,
  type TaskPlace,
  taskChoices,
} from '../features/tasks/index.ts';
import { type ConsoleOptions, scopeOf } from './context.ts';
import { ConsoleApiError } from './errors.ts';

const readers = { config: { roles: ['admin', 'developer'] } } as const;
const defaultLimit = 25;
const maxChoices = 50;
/** Counting reads an index: so far it takes no longer than people wait for a number. */
const maxCounted = 200_000;

/** Lists of tasks, each with those that one may see. End users know none, as in the ClearML API. */
export function taskRoutes(app: FastifyInstance, { db }: ConsoleOptions): void {
  app.get<{ Querystring: TasksQuery }>(
    '/tasks',
    { ...readers, schema: { querystring: tasksQuery } },
    async (request): Promise<TasksPage> => {
      const { order: asked = '-last_update', after, before, limit = defaultLimit, ...query } = request.query;
      if (after !== undefined && before !== undefined)
        throw new ConsoleApiError('invalid_field', 'name either after or before', 'before');
      const order = asked.replace('-', '') as TaskOrder;
      const found = await listTasks(scopeOf(db, request), readTaskFilter(query), {
        ...{ order, descending: asked.startsWith('-'), limit },
        after: after === undefined ? undefined : readCursor(order, after, 'after'),
        before: before === undefined || before === 'end' ? before : readCursor(order, before, 'before'),
      });
      const [first, last] = [found.rows[0], found.rows.at(-1)];
      return {
        items: found.rows.map(taskView),
        ...(found.hasNext && last && { next: cursor(order, last.place) }),
        ...(found.hasPrevious && first && { previous: cursor(order, first.place) }),
      };
    },
  );

  app.get<{ Querystring: TaskFilterQuery }>(
    '/tasks/count',
    { ...readers, schema: { querystring: tasksCountQuery } },
    (request): Promise<TasksCount> =>
      countTasks(scopeOf(db, request), readTaskFilter(request.query), maxCounted),
  );

  app.get<{ Querystring: Static<typeof taskChoicesQuery> }>(
    '/tasks/choices',
    { ...readers, schema: { querystring: taskChoicesQuery } },
    async (request): Promise<{ items: TaskChoice[] }> => ({
      items: await taskChoices(scopeOf(db, request), { ...request.query, limit: maxChoices }),
    }),
  );
}

function readTaskFilter({ status, type, project_id, user_id, tag, q }: TaskFilterQuery): TaskFilter {
  return {
    status: status?.split(','),
    type: type?.split(','),
    project: project_id,
    user: user_id,
    tags: tag === undefined ? undefined : [tag].flat(),
    q,
  };
}

/** Where a page begins or ends. It names its order, because a place in another one would mean nothing. */
function cursor(order: TaskOrder, place: TaskPlace): string {
  return Buffer.from(JSON.stringify([order, ...place])).toString('base64url');
}

/** @throws ConsoleApiError invalid_field */
function readCursor(order: TaskOrder, text: string, field: string): TaskPlace {
  try {
    const [of, ...place] = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (of === order && isTaskPlace(order, place)) return place;
  } catch {
    // Not one of ours: the same as a place in another order.
  }
  throw new ConsoleApiError('invalid_field', `${field} is no cursor of a list in this order`, field);
}

function taskView(row: TaskListRow): TaskSummary {
  const { id, name, type, status, tags, started, completed, last_iteration, last_worker } = row;
  return {
    ...{ id, name, type, status: status as TaskStatus, tags, last_iteration },
    ...(row.project !== null && { project: named(row.project, row.project_name) }),
    user: named(row.user_id, row.user_name),
    created_at: row.created.toISOString(),
    ...(started && { started_at: started.toISOString() }),
    ...(completed && { completed_at: completed.toISOString() }),
    status_changed_at: row.status_changed.toISOString(),
    last_update_at: row.last_update.toISOString(),
    ...(last_worker !== null && { worker: last_worker }),
  };
}

function named(id: string, name: string | null): { id: string; name?: string } {
  return { id, ...(name !== null && { name }) };
}
