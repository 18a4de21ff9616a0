import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import type { Document } from '../../clearml/wire.ts';
import { json } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';

/** What a client may set of a queue. */
export interface QueueProperties {
  tags?: string[] | undefined;
  system_tags?: string[] | undefined;
  display_name?: string | undefined;
  metadata?: Metadata | undefined;
}

interface MetadataItem {
  key?: string;
  type?: string;
  value?: string;
}
export type Metadata = Record<string, MetadataItem>;

/** A queue with this metadata set to `true` gets back the tasks whose worker was lost. */
export const requeueKey = 'requeue_lost';

export function requeuesLost(metadata: Metadata = {}): boolean {
  return /^(true|1|yes)$/i.test(metadata[requeueKey]?.value ?? '');
}

export interface QueueName {
  id: string;
  name: string;
}

const minNameLength = 3;

function checkedName(text: string): string {
  const name = text.trim();
  if (name.length >= minNameLength) return name;
  throw new ClearmlError('validation_error', `name must have at least ${minNameLength} characters`);
}

/** Inserts a queue; throws 400/12 for a short name, 400/801 when the name is taken. */
export async function createQueue(
  scope: Scope,
  text: string,
  properties: QueueProperties = {},
): Promise<string> {
  const name = checkedName(text);
  const id = await insertQueue(scope, name, properties);
  if (!id) throw nameTaken(name);
  return id;
}

function nameTaken(name: string): ClearmlError {
  return new ClearmlError('expected_unique_data', `there is a queue ${name}`, { name });
}

/** The new queue's id; undefined when the name is taken, also by a call that runs now: this one waits for its end. */
async function insertQueue(
  scope: Scope,
  name: string,
  { tags = [], system_tags = [], display_name, metadata = {} }: QueueProperties,
): Promise<string | undefined> {
  const { company, userId } = scope.caller;
  const row = await scope.db
    .insertInto('queues')
    .values({
      id: newId(),
      company,
      user_id: userId,
      name,
      display_name: display_name ?? null,
      created: scope.now,
      last_update: scope.now,
      tags,
      system_tags,
      metadata: json(metadata),
    })
    .onConflict((conflict) => conflict.columns(['company', 'name']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

/** The queue with this name, made when there is none. */
export async function ensureQueue(
  scope: Scope,
  text: string,
  properties: QueueProperties = {},
): Promise<QueueName> {
  const name = checkedName(text);
  const found = await findQueueByName(scope, name);
  if (found) return found;
  const id = await insertQueue(scope, name, properties);
  if (id) return { id, name };
  const made = await findQueueByName(scope, name);
  if (!made) throw nameTaken(name);
  return made;
}

export async function findQueueByName(scope: Scope, name: string): Promise<QueueName | undefined> {
  return selectQueueByName(scope, name).executeTakeFirst();
}

/** The queue with this name, when there is one. */
export function selectQueueByName(scope: Scope, name: string) {
  return visibleQueues(scope).where('name', '=', name);
}

export async function findQueue(
  scope: Scope,
  id: string,
): Promise<(QueueName & { metadata: Metadata }) | undefined> {
  const queue = await visibleQueues(scope).select('metadata').where('id', '=', id).executeTakeFirst();
  return queue && { ...queue, metadata: queue.metadata as Metadata };
}

/** The queue, or 400/701. */
export async function requireQueue(scope: Scope, id: string): Promise<QueueName> {
  const queue = await visibleQueues(scope).where('id', '=', id).executeTakeFirst();
  if (!queue) throw new ClearmlError('invalid_queue_id', `id=${id}`);
  return queue;
}

/** The queue tagged `default`; throws 400/707 for none, 400/708 for several. */
export async function defaultQueue(scope: Scope): Promise<QueueName> {
  const found = await visibleQueues(scope)
    .where('system_tags', '@>', sql<string[]>`'{default}'::text[]`)
    .execute();
  const [queue, ...others] = found;
  if (!queue) throw new ClearmlError('no_default_queue');
  if (others.length > 0) throw new ClearmlError('multiple_default_queues');
  return queue;
}

function visibleQueues(scope: Scope) {
  return scope.db
    .selectFrom('queues')
    .select(['id', 'name'])
    .where('company', 'in', [scope.caller.company, '']);
}

export interface LockedQueue extends QueueName {
  metadata: Metadata;
  ownerId: string;
}

/** The same as lockQueue, for changes of the queue itself; throws 403/21 unless the caller made it or is an administrator. */
export async function lockOwnQueue(scope: Scope, id: string): Promise<LockedQueue> {
  const queue = await lockQueue(scope, id);
  const { role, userId } = scope.caller;
  if (role === 'admin' || queue.ownerId === userId) return queue;
  throw new ClearmlError(
    'no_write_permission',
    `queue ${id} is changed by its owner and administrators only`,
  );
}

/** The queue, locked until the transaction ends; throws 400/701, and 403/21 for a public one. */
export async function lockQueue(scope: Scope, id: string): Promise<LockedQueue> {
  const queue = await visibleQueues(scope)
    .select(['company', 'metadata', 'user_id'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (!queue) throw new ClearmlError('invalid_queue_id', `id=${id}`);
  if (queue.company === '') throw new ClearmlError('no_write_permission', `queue ${id} is public`);
  return { id: queue.id, name: queue.name, metadata: queue.metadata as Metadata, ownerId: queue.user_id };
}

/**
 * Changes what was given of a locked queue; answers the changed fields.
 *
 * @throws ClearmlError 400/12 for a short name, 400/801 when the name is taken
 */
export async function updateQueue(
  scope: Scope,
  queue: QueueName,
  changes: QueueProperties & { name?: string | undefined },
): Promise<Document> {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  if (changes.name !== undefined) given.name = await freeName(scope, queue, changes.name);
  if (Object.keys(given).length === 0) return {};
  const fields = { ...given, last_update: scope.now };
  const values = changes.metadata ? { ...fields, metadata: json(changes.metadata) } : fields;
  await scope.db.updateTable('queues').set(values).where('id', '=', queue.id).execute();
  return fields;
}

async function freeName(scope: Scope, queue: QueueName, text: string): Promise<string> {
  const name = checkedName(text);
  const found = await findQueueByName(scope, name);
  if (found && found.id !== queue.id) throw nameTaken(name);
  return name;
}

export async function deleteQueueRow(scope: Scope, id: string): Promise<void> {
  await scope.db.deleteFrom('queues').where('id', '=', id).execute();
}
