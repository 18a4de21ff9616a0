import { type Selectable, sql } from 'kysely';
import { column, columns, type Entity, type Field } from '../../clearml/query/index.ts';
import type { DB } from '../../platform/schema.ts';
import { lastMetricsOf } from '../events/index.ts';

export type TaskRow = Selectable<DB['tasks']>;

export interface Parameter {
  section: string;
  name: string;
  value: string;
  type?: string;
  description?: string;
}
/** Section -> name -> parameter. */
export type Hyperparams = Record<string, Record<string, Parameter>>;

export interface ConfigurationItem {
  name: string;
  value: string;
  type?: string;
  description?: string;
}
export type Configuration = Record<string, ConfigurationItem>;

export interface Artifact {
  key: string;
  type: string;
  mode: 'input' | 'output';
  uri?: string;
  content_size?: number;
  hash?: string;
  timestamp?: number;
  type_data?: object;
  display_data?: string[][];
}
/** Keyed by md5(key)_mode. */
export type Artifacts = Record<string, Artifact>;

export interface TaskModel {
  name: string;
  model: string;
  updated?: string;
}
export interface TaskModels {
  input: TaskModel[];
  output: TaskModel[];
}

const artifactList = sql`(
  SELECT coalesce(jsonb_agg(artifact.value ORDER BY artifact.value->>'key'), '[]')
  FROM jsonb_each(tasks.artifacts) AS artifact)`;

/** Seconds. While a task runs they grow with each sign of life, without being written each time. */
const activeDuration = sql`(
  CASE WHEN tasks.status = 'in_progress' AND tasks.started IS NOT NULL
  THEN greatest(0, extract(epoch FROM tasks.last_update - tasks.started))::bigint ELSE tasks.active_duration END)`;

const modelReference = {
  table: 'models',
  columns: ['name', 'uri', 'framework', 'labels', 'design', 'ready'],
};

export const tasks: Entity = {
  table: 'tasks',
  rights: 'tasks',
  references: {
    user: { table: 'users', columns: ['name'] },
    project: { table: 'projects', columns: ['name', 'basename'] },
    parent: { table: 'tasks', columns: ['name', 'project', 'status'] },
    company: { table: 'companies', columns: ['name'] },
  },
  nestedReferences: {
    'execution.queue': { table: 'queues', columns: ['name', 'display_name'] },
    'models.input.model': modelReference,
    'models.output.model': modelReference,
  },
  fields: {
    ...columns({
      text: [
        'id',
        'company',
        'name',
        'type',
        'comment',
        'project',
        'parent',
        'status',
        'status_reason',
        'status_message',
        'enqueue_status',
        'last_changed_by',
        'last_worker',
      ],
      number: ['last_iteration'],
      date: ['started', 'completed', 'published', 'status_changed', 'last_change', 'last_worker_report'],
      list: ['tags', 'system_tags'],
      document: ['script', 'output', 'models', 'container', 'runtime', 'hyperparams', 'configuration'],
    }),
    created: { ...column('date', 'created'), required: true },
    last_update: { ...column('date', 'last_update'), required: true },
    user: column('text', 'user_id'),
    active_duration: { kind: 'number', sql: activeDuration },
    execution: {
      kind: 'document',
      sql: sql`jsonb_set(tasks.execution, '{artifacts}', ${artifactList})`,
      filter: sql.ref('tasks.execution'),
    },
    last_metrics: { kind: 'document', sql: lastMetricsOf(sql.ref('tasks.id')) },
  },
  patterns: ['name', 'comment'],
  special: (path) => metricValue(path) ?? modelIds(path),
};

/** `last_metrics.<md5 of metric>.<md5 of variant>.<statistic>`: a look-up of one series instead of building the whole document. */
function metricValue([head, metric, variant, statistic]: readonly string[]): Field | undefined {
  if (head !== 'last_metrics' || statistic === undefined || !statistics.has(statistic)) return undefined;
  return {
    kind: 'number',
    sql: sql`(
      SELECT ${sql.ref(statistic)} FROM scalar_series
      WHERE task_id = tasks.id AND metric_hash = ${metric} AND variant_hash = ${variant})`,
  };
}

const statistics = new Set([
  'value',
  'min_value',
  'min_value_iteration',
  'max_value',
  'max_value_iteration',
  'first_value',
  'first_value_iteration',
  'mean_value',
  'count',
]);

/** `models.input.model` and `models.output.model`: ids inside the lists of models. */
function modelIds(path: readonly string[]): Field | undefined {
  const [head, direction, last] = path;
  if (head !== 'models' || last !== 'model' || (direction !== 'input' && direction !== 'output'))
    return undefined;
  return {
    kind: 'list',
    sql: sql`ARRAY(SELECT item->>'model' FROM jsonb_array_elements(tasks.models->${direction}) AS item)`,
  };
}
