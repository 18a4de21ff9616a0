import { type Selectable, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { pipelined } from '../../platform/pipeline.ts';
import type { DB } from '../../platform/schema.ts';

// What the gateway asks on each call.

/** How a caller names a task mapping: the legacy form by its public id, the modern form by its alias, the gateway by its id. */
export type TaskRouteKey = { publicId: string } | { alias: string } | { id: string };

/** What a call needs to know of its mapping. */
const routeColumns = [
  'id',
  'public_id',
  'alias',
  'task_id',
  'default_queue',
  'queues',
  'priority',
  'image',
  'clone_project',
  'clone_tags',
  'access',
  'allowed_roles',
  'allowed_groups',
  'allowed_users',
  'calls_per_minute',
  'calls_per_day',
  'input_schema',
  'updated',
] as const satisfies (keyof DB['task_mappings'])[];
export type TaskRoute = Pick<Selectable<DB['task_mappings']>, (typeof routeColumns)[number]>;

export async function findTaskRoute({ db, caller }: Scope, by: TaskRouteKey): Promise<TaskRoute | undefined> {
  const condition =
    'alias' in by
      ? sql<SqlBool>`alias = ${by.alias}`
      : 'id' in by
        ? sql<SqlBool>`id = ${by.id}`
        : hasPublicId(caller.company, by.publicId, 'task_id');
  const query = db
    .selectFrom('task_mappings')
    .select(routeColumns)
    .where('company', '=', caller.company)
    .where(condition)
    // The hash of a task's id means that task, whatever an older system gave out.
    .orderBy(sql`public_id = ${'publicId' in by ? by.publicId : ''}`, 'desc');
  // Planned once on each connection: planning takes longer than looking.
  const [[route] = []] = (await pipelined(db, [query])) as [TaskRoute[]?];
  return route;
}

/** Whether a mapping is known by a public id: the hash of its task's id, or one that an older system gave out. */
function hasPublicId(company: string, publicId: string, task: 'task_id' | 'serving_task_id') {
  return sql<SqlBool>`(public_id = ${publicId} OR ${sql.ref(task)} = (
    SELECT task_id FROM former_public_ids WHERE company = ${company} AND public_id = ${publicId}))`;
}

/** How a caller names an endpoint mapping: the legacy form by public id and endpoint, the modern form by its alias. */
export type ModelRouteKey = { publicId: string; endpoint: string } | { alias: string };

/** A machine that carries a serving task. */
export interface ServingMachine {
  base_url: string;
  /** Where it says that it is well; null when it can only be connected to. */
  health_path: string | null;
}

/** An endpoint mapping and where its calls go. */
export interface ModelRoute extends Selectable<DB['endpoint_mappings']> {
  machines: ServingMachine[];
}

export async function findModelRoute(scope: Scope, by: ModelRouteKey): Promise<ModelRoute | undefined> {
  const { company } = scope.caller;
  const condition =
    'alias' in by
      ? sql`alias = ${by.alias}`
      : sql`endpoint = ${by.endpoint} AND ${hasPublicId(company, by.publicId, 'serving_task_id')}`;
  const publicId = 'alias' in by ? '' : by.publicId;
  const { rows } = await sql<ModelRoute>`
    SELECT mapping.*, coalesce((
      SELECT json_agg(json_build_object('base_url', base_url, 'health_path', health_path) ORDER BY machine.created)
      FROM machine_mappings AS machine
      WHERE machine.company = mapping.company AND machine.serving_task_id = mapping.serving_task_id), '[]') AS machines
    FROM endpoint_mappings AS mapping WHERE company = ${company} AND ${condition}
    ORDER BY public_id = ${publicId} DESC LIMIT 1`.execute(scope.db);
  return rows[0];
}

/** Every machine that any company registered, once for each address and health path. */
export function registeredMachines({ db }: Pick<Scope, 'db'>): Promise<ServingMachine[]> {
  return db.selectFrom('machine_mappings').select(['base_url', 'health_path']).distinct().execute();
}

/** Whether any endpoint or machine is mapped under this public id: then it is the endpoint that a caller got wrong. */
export async function isServingPublicId(scope: Scope, publicId: string): Promise<boolean> {
  const { company } = scope.caller;
  const known = hasPublicId(company, publicId, 'serving_task_id');
  const { rows } = await sql<{ known: boolean }>`
    SELECT EXISTS (SELECT FROM endpoint_mappings WHERE company = ${company} AND ${known})
      OR EXISTS (SELECT FROM machine_mappings WHERE company = ${company} AND ${known}) AS known`.execute(
    scope.db,
  );
  return rows[0]?.known ?? false;
}
