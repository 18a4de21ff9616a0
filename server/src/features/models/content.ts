import type { Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { readable } from '../../clearml/rights.ts';
import { requireWritableProject } from '../projects/index.ts';
import type { Metadata, MetadataItem, ModelProperties } from './store.ts';

/** Metadata as clients send it: a list of items, or a map of them. */
type SentMetadata = readonly Partial<MetadataItem>[] | Record<string, Partial<MetadataItem>>;

/** Items by their key; throws 400/12 for one without a key. */
export function metadataMap(sent: SentMetadata): Metadata {
  const items = Array.isArray(sent)
    ? (sent as Partial<MetadataItem>[])
    : Object.entries(sent).map(([key, item]) => ({ key, ...item }));
  return Object.fromEntries(
    items.map(({ key, type = 'str', value = '' }) => {
      if (!key) throw new ClearmlError('validation_error', 'metadata: each item needs a key');
      return [key, { key, type, value }];
    }),
  );
}

/** The properties a client may set when it creates or edits a model, whatever else it sent. */
export function editable(request: ModelProperties): ModelProperties {
  const { uri, framework, parent, labels, design } = request;
  const { metadata } = request as { metadata?: SentMetadata };
  return {
    ...updatable(request),
    uri,
    framework,
    parent,
    labels,
    design,
    metadata: metadata && metadataMap(metadata),
  };
}

/**
 * The properties that describe a model without changing it. `ready: false` is not among them: clients send it as a default,
 * and nothing makes a published model unpublished.
 */
export function updatable(request: ModelProperties): ModelProperties {
  const { name, comment, project, task, tags, system_tags, ready } = request;
  return { name, comment, project, task, tags, system_tags, ready: ready || undefined };
}

/** Throws 400/401, 400/101 or 400/201 for references that lead nowhere, 400/12 for labels that share a number. */
export async function checkProperties(scope: Scope, properties: ModelProperties): Promise<void> {
  const { project, task, parent, labels = {} } = properties;
  if (project) await requireWritableProject(scope, project);
  if (task && !(await exists(scope, 'tasks', task)))
    throw new ClearmlError('invalid_task_id', `task=${task}`);
  if (parent && !(await exists(scope, 'models', parent)))
    throw new ClearmlError('invalid_model_id', `parent=${parent}`);
  const numbers = Object.values(labels);
  if (new Set(numbers).size < numbers.length) {
    throw new ClearmlError('validation_error', 'labels must have a number each, without repetition');
  }
}

async function exists(scope: Scope, table: 'tasks' | 'models', id: string): Promise<boolean> {
  const row = await scope.db
    .selectFrom(table)
    .select('id')
    .where('id', '=', id)
    .where(readable(scope, table))
    .executeTakeFirst();
  return row !== undefined;
}
