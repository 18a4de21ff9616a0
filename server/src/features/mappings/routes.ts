import type { CallableModel, CallableTask } from '@arno/protocol';
import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';

// What the gateway asks on each call.

/** A task mapping by its public id (the legacy form) or by its alias. */
export function findTaskRoute({ db, caller }: Scope, by: { publicId: string } | { alias: string }) {
  const [column, value] =
    'alias' in by ? (['alias', by.alias] as const) : (['public_id', by.publicId] as const);
  return db
    .selectFrom('task_mappings')
    .selectAll()
    .where('company', '=', caller.company)
    .where(column, '=', value)
    .executeTakeFirst();
}

/** Where the calls of one endpoint go. */
export interface ModelRoute {
  id: string;
  alias: string;
  public_id: string;
  serving_task_id: string;
  endpoint: string;
  deadline_ms: number;
  /** Base URLs of the machines that carry the serving task. */
  machines: string[];
}

/** An endpoint mapping with its machines, by public id and endpoint (the legacy form) or by its alias. */
export async function findModelRoute(
  scope: Scope,
  by: { publicId: string; endpoint: string } | { alias: string },
): Promise<ModelRoute | undefined> {
  const condition =
    'alias' in by ? sql`alias = ${by.alias}` : sql`public_id = ${by.publicId} AND endpoint = ${by.endpoint}`;
  const { company } = scope.caller;
  const { rows } = await sql<ModelRoute>`
    SELECT id, alias, public_id, serving_task_id, endpoint, deadline_ms, ARRAY(
      SELECT base_url FROM machine_mappings AS machine
      WHERE machine.company = mapping.company AND machine.serving_task_id = mapping.serving_task_id
      ORDER BY machine.created) AS machines
    FROM endpoint_mappings AS mapping WHERE company = ${company} AND ${condition}`.execute(scope.db);
  return rows[0];
}

/** Whether any endpoint or machine is mapped under this public id: then it is the endpoint that a caller got wrong. */
export async function isServingPublicId(scope: Scope, publicId: string): Promise<boolean> {
  const { company } = scope.caller;
  const { rows } = await sql<{ known: boolean }>`
    SELECT EXISTS (SELECT FROM endpoint_mappings WHERE company = ${company} AND public_id = ${publicId})
      OR EXISTS (SELECT FROM machine_mappings WHERE company = ${company} AND public_id = ${publicId}) AS known`.execute(
    scope.db,
  );
  return rows[0]?.known ?? false;
}

/** What may be queued, by alias. */
export function callableTasks({ db, caller }: Scope): Promise<CallableTask[]> {
  return db
    .selectFrom('task_mappings')
    .select(['alias', 'public_id', 'description', 'default_queue'])
    .where('company', '=', caller.company)
    .orderBy('alias')
    .execute();
}

/** What may be called on demand, by alias. */
export function callableModels({ db, caller }: Scope): Promise<CallableModel[]> {
  return db
    .selectFrom('endpoint_mappings')
    .select(['alias', 'public_id as machine_id', 'endpoint', 'description'])
    .where('company', '=', caller.company)
    .orderBy('alias')
    .execute();
}
