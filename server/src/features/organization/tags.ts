import { type SqlBool, sql } from 'kysely';
import { type Endpoint, read, type Scope } from '../../clearml/endpoint.ts';
import { conditions, type Entity } from '../../clearml/query/index.ts';
import { type OwnedTable, readable } from '../../clearml/rights.ts';
import { models } from '../models/index.ts';
import { inProjectTree, projects } from '../projects/index.ts';
import { tasks } from '../tasks/index.ts';

interface TagsRequest {
  include_system?: boolean;
  projects?: string[];
  /** Which objects count. */
  filter?: { tags?: string[]; system_tags?: string[] };
}

const entities: Record<OwnedTable, Entity> = { tasks, models, projects };

export const tagEndpoints: Endpoint[] = [
  read('organization.get_tags', (call, request) => tagsOf(call, ['tasks', 'models', 'projects'], request)),
  read('projects.get_task_tags', (call, request) => tagsOf(call, ['tasks'], request)),
  read('projects.get_model_tags', (call, request) => tagsOf(call, ['models'], request)),
  read('projects.get_project_tags', (call, request) => tagsOf(call, ['projects'], request)),
];

/** The tags in use, and on request the system's, each once and in order. */
async function tagsOf(scope: Scope, tables: readonly OwnedTable[], request: TagsRequest) {
  const parts = tables.map(
    (table) => sql`
    SELECT tags, system_tags FROM ${sql.table(table)}
    WHERE ${sql.join([readable(scope, table), ...chosen(table, request)], sql` AND `)}`,
  );
  const { rows } = await sql<{ tags: string[]; system_tags: string[] }>`
    WITH tagged AS (${sql.join(parts, sql` UNION ALL `)})
    SELECT ARRAY(SELECT DISTINCT unnest(tags) AS tag FROM tagged ORDER BY tag) AS tags,
      ARRAY(SELECT DISTINCT unnest(system_tags) AS tag FROM tagged ORDER BY tag) AS system_tags`.execute(
    scope.db,
  );
  const { tags = [], system_tags = [] } = rows[0] ?? {};
  return request.include_system ? { tags, system_tags } : { tags };
}

function chosen(table: OwnedTable, { projects: ids = [], filter = {} }: TagsRequest) {
  const { tags, system_tags } = filter;
  const filters = conditions(entities[table], { tags, system_tags });
  const tree = ids.length > 0 ? [inProjectTree(table === 'projects' ? 'id' : 'project', ids)] : [];
  return [...filters, ...tree, sql<SqlBool>`true`];
}
