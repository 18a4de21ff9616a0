import { type RawBuilder, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { conditions, type Field } from '../../clearml/query/index.ts';
import { type OwnedTable, readable } from '../../clearml/rights.ts';
import { tasks } from '../tasks/index.ts';

interface StatsRequest {
  include_stats?: boolean;
  /** A filter of tasks: which of them count. */
  include_stats_filter?: Record<string, unknown>;
  include_dataset_stats?: boolean;
  stats_for_state?: 'active' | 'archived';
  stats_with_children?: boolean;
  check_own_contents?: boolean;
  search_hidden?: boolean;
}

/**
 * The fields that `projects.get_all_ex` computes on request, each a subquery that PostgreSQL runs for the projects of the page
 * only. Inside them `projects` is the project of the answer.
 */
export function computedFields(scope: Scope, request: StatsRequest): Record<string, Field> {
  const fields: Record<string, RawBuilder<unknown>> = {};
  if (request.search_hidden) fields.hidden = sql`system_tags @> '{hidden}'::text[]`;
  if (request.include_stats) {
    fields.stats = stats(scope, request);
    fields.sub_projects = subProjects(scope, request);
  }
  if (request.include_dataset_stats) fields.dataset_stats = lastVersion(scope);
  if (request.check_own_contents) Object.assign(fields, ownContents(scope));
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, { kind: 'document', sql: value }]),
  );
}

/**
 * Whoever sees a project sees all in it and below it; only a public one tells nothing about what it holds. Asking for the rights
 * again for each project of the page would take seconds.
 */
function seen(scope: Scope, table: OwnedTable, alias: string = table): RawBuilder<unknown> {
  const { company } = scope.caller;
  return sql`(
    (projects.company = ${company} AND ${sql.ref(`${alias}.company`)} = ANY(${[company, '']}::text[]))
    OR ${readable(scope, table, { alias })})`;
}

function stats(scope: Scope, request: StatsRequest): RawBuilder<unknown> {
  const { stats_for_state: state, include_dataset_stats } = request;
  const states = state ? [state] : ['active', 'archived'];
  const where = [
    seen(scope, 'tasks'),
    sql`('archived' = ANY(tasks.system_tags)) = (state = 'archived')`,
    ...conditions(tasks, request.include_stats_filter ?? {}),
    ...(request.search_hidden ? [] : [sql`NOT tasks.system_tags @> '{hidden}'::text[]`]),
  ];
  // OFFSET 0 keeps the rights out of the way to the rows: their price makes PostgreSQL read all tasks for each project.
  const byState = sql`(
    SELECT jsonb_object_agg(state, summary) FROM (
      SELECT state, ${summary(scope)} AS summary
      FROM unnest(${states}::text[]) AS states (state)
      LEFT JOIN (SELECT * FROM tasks WHERE ${inside(request)} OFFSET 0) AS tasks ON ${sql.join(where, sql` AND `)}
      GROUP BY state) AS summaries)`;
  return include_dataset_stats
    ? sql`${byState} || jsonb_build_object('datasets', ${datasets(scope)})`
    : byState;
}

/** Tasks of the project, and of all below it unless told otherwise. */
function inside({ stats_with_children = true, search_hidden }: StatsRequest): RawBuilder<unknown> {
  if (!stats_with_children) return sql`tasks.project = projects.id`;
  const shown = search_hidden ? sql`` : sql`AND NOT place.system_tags @> '{hidden}'::text[]`;
  return sql`tasks.project IN (
    SELECT place.id FROM projects AS place
    WHERE place.id = projects.id OR (place.path @> ARRAY[projects.id] ${shown}))`;
}

const statuses = [
  'created',
  'queued',
  'in_progress',
  'stopped',
  'closed',
  'failed',
  'completed',
  'published',
];

/** Run times are seconds, `last_task_run` is milliseconds of the epoch. */
function summary({ now }: Scope): RawBuilder<unknown> {
  const dayAgo = new Date(now.getTime() - 24 * 3_600_000);
  const counts = statuses.flatMap((status) => [
    sql.lit(status),
    // What is being published is as good as published.
    sql`count(*) FILTER (WHERE replace(status, 'publishing', 'published') = ${sql.lit(status)})`,
  ]);
  return sql`jsonb_strip_nulls(jsonb_build_object(
    'total_tasks', count(tasks.id),
    'total_runtime', coalesce(sum(active_duration), 0)::bigint,
    'completed_tasks_24h', count(*) FILTER (WHERE completed > ${dayAgo}),
    'last_task_run', (extract(epoch FROM max(started)) * 1000)::bigint,
    'status_count', jsonb_build_object(${sql.join(counts)})))`;
}

function datasets(scope: Scope): RawBuilder<unknown> {
  return sql`(
    SELECT jsonb_build_object('count', count(DISTINCT dataset.id),
      'tags', coalesce(jsonb_agg(DISTINCT tag) FILTER (WHERE tag IS NOT NULL), '[]'))
    FROM projects AS dataset LEFT JOIN unnest(dataset.tags) AS tag ON true
    WHERE (dataset.id = projects.id OR dataset.path @> ARRAY[projects.id])
      AND dataset.system_tags @> '{dataset}'::text[] AND ${seen(scope, 'projects', 'dataset')})`;
}

function subProjects(scope: Scope, { search_hidden }: StatsRequest): RawBuilder<unknown> {
  const shown = search_hidden ? sql`` : sql`AND NOT child.system_tags @> '{hidden}'::text[]`;
  return sql`(
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', child.id, 'name', child.name) ORDER BY child.name), '[]')
    FROM projects AS child
    WHERE child.path @> ARRAY[projects.id] ${shown} AND ${seen(scope, 'projects', 'child')})`;
}

/** What the SDK notes in the runtime of a dataset's version; the latest one speaks for the dataset. */
function lastVersion(scope: Scope): RawBuilder<unknown> {
  return sql`(
    SELECT jsonb_strip_nulls(jsonb_build_object(
      'file_count', ${integer('ds_file_count')}, 'total_size', ${integer('ds_total_size')}))
    FROM tasks
    WHERE tasks.project = projects.id AND tasks.system_tags @> '{dataset}'::text[]
      AND NOT 'archived' = ANY(tasks.system_tags) AND ${seen(scope, 'tasks')}
    ORDER BY created DESC, id LIMIT 1)`;
}

/** The runtime is the client's to write, so a value may be anything. */
function integer(key: string): RawBuilder<unknown> {
  const value = sql`tasks.runtime->>${sql.lit(key)}`;
  return sql`CASE WHEN ${value} ~ '^[0-9]{1,15}$' THEN (${value})::bigint END`;
}

/** Counts without what lies below. A dataset is the grandchild of its project: `project/.datasets/name`. */
function ownContents(scope: Scope): Record<string, RawBuilder<unknown>> {
  const own = (table: 'tasks' | 'models') => sql`(
    SELECT count(*) FROM ${sql.table(table)}
    WHERE ${sql.ref(`${table}.project`)} = projects.id AND ${seen(scope, table)})`;
  return {
    own_tasks: own('tasks'),
    own_models: own('models'),
    own_datasets: sql`(
      SELECT count(*) FROM projects AS dataset
      WHERE dataset.path @> ARRAY[projects.id] AND dataset.path[cardinality(dataset.path) - 1] = projects.id
        AND dataset.system_tags @> '{dataset}'::text[] AND ${seen(scope, 'projects', 'dataset')})`,
  };
}
