import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Endpoint, read, type Scope } from '../../clearml/endpoint.ts';
import { conditions, findExpanded } from '../../clearml/query/index.ts';
import { readable } from '../../clearml/rights.ts';
import { projects, treeFilter } from '../projects/index.ts';
import { tasks } from '../tasks/index.ts';
import { computedFields } from './project-stats.ts';

type Condition = RawBuilder<SqlBool>;

export const projectListEndpoints: Endpoint[] = [
  read('projects.get_all_ex', async (call, request) => {
    const { active_users, non_public, children_type, ...rest } = request;
    const { filter, extra } = treeFilter(rest);
    const computed = computedFields(call, request);
    const entity = { ...projects, fields: { ...projects.fields, ...computed } };
    const named = filter.only_fields?.length ? [...filter.only_fields, ...Object.keys(computed)] : [];
    const wanted = {
      ...filter,
      ...(named.length > 0 && { only_fields: named }),
      ...(non_public && { allow_public: false }),
    };
    const more = [
      ...(active_users?.length ? [usedBy(call, active_users)] : []),
      ...(children_type ? [holds(call, children_type, request)] : []),
    ];
    const { documents, scrollId } = await findExpanded(call, entity, wanted, [...extra, ...more]);
    return { projects: documents, ...(scrollId && { scroll_id: scrollId }) };
  }),
];

/** Projects in which, or below which, one of these users has a task. */
export function usedBy(scope: Scope, users: readonly string[]): Condition {
  return sql<SqlBool>`EXISTS (
    SELECT FROM tasks JOIN projects AS place ON place.id = tasks.project
    WHERE tasks.user_id = ANY(${users}::text[]) AND ${readable(scope, 'tasks')}
      AND (place.id = projects.id OR place.path @> ARRAY[projects.id]))`;
}

interface ChildrenRequest {
  children_tags?: string[];
  children_tags_filter?: object;
}

/** Projects below which a pipeline, a dataset or a report can be found, whose tags fit where tags are given. */
function holds(scope: Scope, type: 'pipeline' | 'dataset' | 'report', request: ChildrenRequest): Condition {
  const { children_tags, children_tags_filter } = request;
  const filter = {
    tags: children_tags,
    ...(children_tags_filter && { filters: { tags: children_tags_filter } }),
  };
  if (type === 'report') {
    const where = [readable(scope, 'tasks'), sql`tasks.type = 'report'`, ...conditions(tasks, filter)];
    return sql<SqlBool>`EXISTS (
      SELECT FROM projects AS place
      WHERE (place.id = projects.id OR place.path @> ARRAY[projects.id]) AND place.id IN (
        SELECT project FROM tasks WHERE ${sql.join(where, sql` AND `)}))`;
  }
  // The inner query names its table like the outer one, which the conditions then mean.
  const where = [
    readable(scope, 'projects'),
    sql`system_tags @> ${[type]}::text[]`,
    ...conditions(projects, filter),
  ];
  return sql<SqlBool>`EXISTS (
    SELECT FROM (SELECT path FROM projects WHERE ${sql.join(where, sql` AND `)}) AS child
    WHERE child.path @> ARRAY[projects.id])`;
}
