import {
  type Page,
  type ProjectShares,
  projectSharesInput,
  type SharedProjectsQuery,
  type SharedProject as SharedProjectView,
  sharedProjectsQuery,
} from '@arno/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { Scope } from '../clearml/endpoint.ts';
import {
  findSharedProject,
  firstUnknownUser,
  listShares,
  type ProjectShare,
  replaceShares,
  type SharedProject,
} from '../features/projects/index.ts';
import { inTransaction } from '../platform/database.ts';
import { type ConsoleOptions, scopeOf } from './context.ts';
import { ConsoleApiError, notFound } from './errors.ts';

interface Params {
  id: string;
}

const config = { roles: ['admin', 'developer'] as const };

/** With whom a project is shared; its owner and administrators see and say so. */
export function shareRoutes(app: FastifyInstance, { db }: ConsoleOptions): void {
  app.get<{ Querystring: SharedProjectsQuery }>(
    '/project-shares',
    { config, schema: { querystring: sharedProjectsQuery } },
    async (request): Promise<Page<SharedProjectView>> => {
      const { page = 1, page_size: limit = 25, ...filter } = request.query;
      const list = { limit, offset: (page - 1) * limit };
      const { rows, total } = await listShares(scopeOf(db, request), filter, list);
      const items = rows.map(({ ownerId, ownerName, ...project }) => ({
        ...project,
        owner: { id: ownerId, name: ownerName ?? ownerId },
      }));
      return { items, total };
    },
  );

  app.get<{ Params: Params }>('/projects/:id/shares', { config }, async (request) =>
    answered(await managedProject(scopeOf(db, request), request)),
  );

  app.put<{ Params: Params; Body: Static<typeof projectSharesInput> }>(
    '/projects/:id/shares',
    { config, schema: { body: projectSharesInput } },
    async (request) =>
      inTransaction(db, async (transaction) => {
        const scope = scopeOf(transaction, request);
        const project = await managedProject(scope, request);
        const shares = request.body.shares.map(({ user_id, can_write }) => ({
          userId: user_id,
          canWrite: can_write,
        }));
        await checkShares(scope, project, shares);
        await replaceShares(scope, { id: request.params.id, name: project.name }, shares);
        return answered(await managedProject(scope, request));
      }),
  );
}

async function managedProject(
  scope: Scope,
  request: FastifyRequest<{ Params: Params }>,
): Promise<SharedProject> {
  const project = await findSharedProject(scope, request.params.id);
  if (!project) throw notFound('project');
  if (project.isManager) return project;
  throw new ConsoleApiError('forbidden', 'only the owner of a project and administrators share it');
}

async function checkShares(
  scope: Scope,
  { owner }: SharedProject,
  shares: readonly ProjectShare[],
): Promise<void> {
  const ids = shares.map(({ userId }) => userId ?? '');
  if (new Set(ids).size < ids.length) {
    throw new ConsoleApiError('invalid_field', 'shares name somebody, or everybody, twice', 'shares');
  }
  if (ids.includes(owner.id)) {
    throw new ConsoleApiError('invalid_field', 'the project is already its owner’s', 'shares');
  }
  const unknown = await firstUnknownUser(scope, ids.filter(Boolean));
  if (unknown !== undefined) {
    throw new ConsoleApiError('invalid_field', `there is no user ${unknown}`, 'shares');
  }
}

function answered({ owner, shares }: SharedProject): ProjectShares {
  const person = (id: string, name: string | null) => ({ id, name: name ?? id });
  return {
    owner: person(owner.id, owner.name),
    shares: shares.map(({ userId, userName, canWrite }) => ({
      ...(userId !== undefined && { user: person(userId, userName) }),
      can_write: canWrite,
    })),
  };
}
