import { type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { column, columns, type Entity } from '../../clearml/query/index.ts';
import { readable } from '../../clearml/rights.ts';

/** Tasks as reports: what the wire shows of them. */
export const reports: Entity = {
  table: 'tasks',
  rights: 'tasks',
  references: {
    user: { table: 'users', columns: ['name'] },
    project: { table: 'projects', columns: ['name', 'basename'] },
  },
  fields: {
    ...columns({
      text: [
        'id',
        'company',
        'name',
        'status',
        'comment',
        'report',
        'project',
        'status_reason',
        'status_message',
      ],
      date: ['created', 'status_changed', 'published', 'last_update'],
      list: ['tags', 'system_tags', 'report_assets'],
    }),
    user: column('text', 'user_id'),
  },
  patterns: ['name', 'comment', 'report'],
};

export const isReport = sql<SqlBool>`type = 'report'`;

/** Reports of these projects: a project's own lie in a hidden one right below it. */
export function inReportsOf(projects: readonly string[], withSubprojects: boolean) {
  const below = withSubprojects
    ? sql`path && ${projects}::text[]`
    : sql`parent = ANY(${projects}::text[]) AND basename = '.reports'`;
  return sql<SqlBool>`project IN (SELECT id FROM projects WHERE id = ANY(${projects}::text[]) OR (${below}))`;
}

/** Tags in use on reports that the caller may see, in order. */
export async function reportTags(scope: Scope): Promise<string[]> {
  const { rows } = await sql<{ tag: string }>`
    SELECT DISTINCT unnest(tags) AS tag FROM tasks WHERE ${isReport} AND ${readable(scope, 'tasks')}
    ORDER BY tag`.execute(scope.db);
  return rows.map(({ tag }) => tag);
}
