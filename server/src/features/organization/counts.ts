import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Endpoint, read, type Scope } from '../../clearml/endpoint.ts';
import { countDocuments, type Entity } from '../../clearml/query/index.ts';
import { models } from '../models/index.ts';
import { projectFilter, projects, treeFilter } from '../projects/index.ts';
import { tasks } from '../tasks/index.ts';
import { usedBy } from './project-list.ts';

type Condition = RawBuilder<SqlBool>;

interface Counted {
  entity: Entity;
  /** What makes an object of the entity one of these. */
  kind: Condition[];
}

/** Pipelines and datasets are projects that hold their runs or versions, reports are tasks. */
const counted: Record<string, Counted> = {
  projects: { entity: projects, kind: [] },
  pipelines: { entity: projects, kind: [sql<SqlBool>`system_tags @> '{pipeline}'::text[]`] },
  datasets: { entity: projects, kind: [sql<SqlBool>`system_tags @> '{dataset}'::text[]`] },
  tasks: { entity: tasks, kind: [] },
  reports: { entity: tasks, kind: [sql<SqlBool>`type = 'report'`] },
  models: { entity: models, kind: [] },
};

export const countEndpoints: Endpoint[] = [
  read('organization.get_entities_count', async (call, request) => {
    const { search_hidden, active_users, allow_public, ...filters } = request;
    const asked = Object.entries(filters).filter(([name]) => Object.hasOwn(counted, name));
    const counts = asked.map(async ([name, filter]) => {
      const whole = { search_hidden, allow_public, ...(filter as Record<string, unknown>) };
      return [name, await count(call, counted[name] as Counted, whole, active_users)];
    });
    return Object.fromEntries(await Promise.all(counts));
  }),

  read('organization.get_user_companies', async (call) => ({ companies: [await ownCompany(call)] })),
];

function count(scope: Scope, { entity, kind }: Counted, request: Record<string, unknown>, users?: string[]) {
  const { filter, extra } = entity === projects ? treeFilter(request) : projectFilter(request);
  const active = users?.length ? [ofUsers(scope, entity, users)] : [];
  return countDocuments(scope, entity, filter, [...extra, ...kind, ...active]);
}

function ofUsers(scope: Scope, entity: Entity, users: readonly string[]): Condition {
  return entity === projects ? usedBy(scope, users) : sql<SqlBool>`user_id = ANY(${users}::text[])`;
}

/** With the number of its accounts; administrators are its owners. */
async function ownCompany(scope: Scope) {
  const { rows } = await sql<{ allocated: number; owners: object[] }>`
    SELECT count(*) AS allocated,
      coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('id', id, 'name', name, 'avatar', avatar)) ORDER BY name)
        FILTER (WHERE role = 'admin'), '[]') AS owners
    FROM users WHERE company = ${scope.caller.company}`.execute(scope.db);
  return { id: scope.caller.company, name: scope.caller.companyName, ...rows[0] };
}
