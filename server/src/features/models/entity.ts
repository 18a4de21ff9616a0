import { sql } from 'kysely';
import { column, columns, type Entity, type Field } from '../../clearml/query/index.ts';
import { lastMetricsOf } from '../events/index.ts';

export const models: Entity = {
  table: 'models',
  rights: 'models',
  references: {
    user: { table: 'users', columns: ['name'] },
    company: { table: 'companies', columns: ['name'] },
    project: { table: 'projects', columns: ['name', 'basename'] },
    task: { table: 'tasks', columns: ['name', 'project', 'status'] },
    parent: { table: 'models', columns: ['name'] },
  },
  fields: {
    ...columns({
      text: ['id', 'company', 'name', 'project', 'task', 'parent', 'uri', 'framework', 'comment'],
      date: ['created', 'last_update', 'last_change'],
      list: ['tags', 'system_tags'],
      document: ['labels', 'design', 'metadata', 'ui_cache'],
      number: ['last_iteration'],
      boolean: ['ready'],
    }),
    user: column('text', 'user_id'),
    last_metrics: { kind: 'document', sql: lastMetricsOf(sql.ref('models.id')) },
  },
  patterns: ['name', 'comment'],
  special: metadataValue,
};

/** The same with `stats`, which `models.get_all_ex` answers on request. */
export const modelsWithStats: Entity = {
  ...models,
  fields: {
    ...models.fields,
    stats: {
      kind: 'document',
      sql: sql`jsonb_build_object('labels_count', (SELECT count(*) FROM jsonb_object_keys(models.labels)))`,
    },
  },
};

/** `metadata.<key>.value`, where the key may have dots of its own. */
function metadataValue(path: readonly string[]): Field | undefined {
  if (path[0] !== 'metadata' || path.length < 4) return undefined;
  const place = [path.slice(1, -1).join('.'), path.at(-1)];
  return { kind: 'text', sql: sql`models.metadata #>> ${place}::text[]` };
}
