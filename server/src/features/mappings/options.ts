import type { CallerOptions } from '@arno/protocol';
import { sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { readable } from '../../clearml/rights.ts';

const maxTasks = 20;
const maxQueues = 100;
const maxUsers = 20;

/** A task that a mapping may name. */
export interface TaskChoice {
  id: string;
  name: string;
  project?: string | null;
  type?: string | null;
}

export interface TaskSearch {
  /** In the name, or the beginning of the id. */
  text: string;
  /** Those that stand for serving runtimes first. */
  serving: boolean;
}

/**
 * Tasks of this platform, the last changed first, at most 20. The clones that calls made are left out: they would bury their
 * templates.
 */
export async function searchTasks(scope: Scope, { text, serving }: TaskSearch): Promise<TaskChoice[]> {
  const { company } = scope.caller;
  const likeliest = sql`(EXISTS (SELECT FROM machine_mappings AS mapping
      WHERE mapping.company = ${company} AND mapping.serving_task_id = tasks.id)) DESC, tasks.type = 'service' DESC,`;
  const { rows } = await sql<TaskChoice>`
    SELECT tasks.id, tasks.name, tasks.type, projects.name AS project
    FROM tasks LEFT JOIN projects ON projects.id = tasks.project
    WHERE ${readable(scope, 'tasks')} AND (tasks.name ILIKE ${containing(text)} OR starts_with(tasks.id, ${text.toLowerCase()}))
      AND NOT 'archived' = ANY(tasks.system_tags)
      AND NOT EXISTS (SELECT FROM calls WHERE calls.clone_id = tasks.id)
    ORDER BY ${serving ? likeliest : sql``} tasks.last_update DESC, tasks.id LIMIT ${maxTasks}`.execute(
    scope.db,
  );
  return rows;
}

/** Names of this platform's queues, at most 100. */
export async function searchQueues({ db, caller }: Scope, text: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT name FROM queues WHERE company = ${caller.company} AND name ILIKE ${containing(text)}
    ORDER BY name LIMIT ${maxQueues}`.execute(db);
  return rows.map(({ name }) => name);
}

/** The aliases under which tasks are published already, by the ids of the tasks. */
export async function aliasesOfTasks(
  { db, caller }: Scope,
  ids: readonly string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('task_mappings')
    .select(['task_id', 'alias'])
    .where('company', '=', caller.company)
    .where('task_id', 'in', [...ids])
    .execute();
  return new Map(rows.map(({ task_id, alias }) => [task_id, alias]));
}

/** Who a mapping may name: people with a text in their name, and those whose ids are given. */
export async function callerOptions(
  { db, caller }: Scope,
  { text, ids }: { text: string; ids: readonly string[] },
): Promise<CallerOptions> {
  const { company } = caller;
  const pattern = containing(text);
  const users = sql<CallerOptions['users'][number]>`
    WITH people AS (SELECT id, name, username FROM users WHERE company = ${company} AND NOT is_agent)
    (SELECT * FROM people WHERE name ILIKE ${pattern} OR username ILIKE ${pattern} ORDER BY name, id LIMIT ${maxUsers})
    UNION SELECT * FROM people WHERE id = ANY(${[...ids]}::text[])
    ORDER BY name, id`;
  const [found, roles, groups] = await Promise.all([
    users.execute(db),
    said({ db, caller }, 'oidc_roles'),
    said({ db, caller }, 'oidc_groups'),
  ]);
  const ours = ['admin', 'developer', 'user'];
  const theirs = roles.filter((role) => !ours.includes(role));
  return { users: found.rows, roles: [...ours, ...theirs], groups };
}

/** What the identity provider said of people when they last logged in. */
async function said({ db, caller }: Pick<Scope, 'db' | 'caller'>, column: 'oidc_roles' | 'oidc_groups') {
  const { rows } = await sql<{ name: string }>`
    SELECT DISTINCT said.name FROM users CROSS JOIN LATERAL unnest(${sql.ref(`users.${column}`)}) AS said (name)
    WHERE company = ${caller.company} ORDER BY said.name LIMIT 200`.execute(db);
  return rows.map(({ name }) => name);
}

function containing(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
}
