import { sql } from 'kysely';
import type { Scope } from '../clearml/endpoint.ts';
import { recordChange } from '../features/audit/index.ts';

interface QueueMapping {
  id: string;
  alias: string;
  /** Whether its calls go there unless the caller chooses another queue. */
  default: boolean;
}

/** The task mappings that name a queue, by alias. */
export async function mappingsOfQueue({ db, caller }: Scope, queue: string): Promise<QueueMapping[]> {
  const { rows } = await sql<QueueMapping>`
    SELECT id, alias, default_queue = ${queue} AS "default" FROM task_mappings
    WHERE company = ${caller.company} AND (default_queue = ${queue} OR ${queue} = ANY(queues))
    ORDER BY "default" DESC, alias`.execute(db);
  return rows;
}

/** Mappings know queues by name: those that named one go on with its new name. */
export async function renameInMappings(scope: Scope, from: string, to: string): Promise<void> {
  const { rows } = await sql<{ id: string; alias: string; is_default: boolean }>`
    UPDATE task_mappings AS mapping
    SET default_queue = CASE WHEN mapping.default_queue = ${from} THEN ${to} ELSE mapping.default_queue END,
      queues = array_replace(mapping.queues, ${from}, ${to})
    FROM task_mappings AS old
    WHERE old.id = mapping.id AND mapping.company = ${scope.caller.company}
      AND (mapping.default_queue = ${from} OR ${from} = ANY(mapping.queues))
    RETURNING mapping.id, mapping.alias, old.default_queue = ${from} AS is_default`.execute(scope.db);
  for (const { id, alias, is_default } of rows) {
    const field = is_default ? 'default_queue' : 'queues';
    await recordChange(scope, {
      ...{ action: 'update', subject: 'task_mapping', id, name: alias },
      before: { [field]: from },
      after: { [field]: to },
    });
  }
}
