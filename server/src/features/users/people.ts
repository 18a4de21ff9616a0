import type { Belongings, PeopleQuery, PersonOrigin, Role } from '@arno/protocol';
import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import type { DB } from '../../platform/schema.ts';

/** Accounts as administrators see them; nothing of it is for others. */
export interface PersonRow {
  id: string;
  username: string;
  name: string;
  email: string | null;
  role: Role;
  origin: PersonOrigin;
  hasPassword: boolean;
  disabled: Date | null;
  created: Date;
  lastSeen: Date | null;
  keys: number;
  tokens: number;
  oidcIssuer: string | null;
  oidcRoles: string[];
  oidcGroups: string[];
}

const origin = sql<PersonOrigin>`
  CASE WHEN users.is_agent THEN 'agent' WHEN users.oidc_subject IS NOT NULL THEN 'oidc' ELSE 'local' END`;

const columns = [
  ...([
    'users.id',
    'users.username',
    'users.name',
    'users.email',
    'users.disabled',
    'users.created',
  ] as const),
  sql<Role>`users.role`.as('role'),
  origin.as('origin'),
  sql<boolean>`users.password_hash IS NOT NULL`.as('hasPassword'),
  'users.last_seen as lastSeen',
  sql<number>`(SELECT count(*) FROM credentials WHERE credentials.user_id = users.id)`.as('keys'),
  sql<number>`(SELECT count(*) FROM access_tokens WHERE access_tokens.user_id = users.id)`.as('tokens'),
  'users.oidc_issuer as oidcIssuer',
  'users.oidc_roles as oidcRoles',
  'users.oidc_groups as oidcGroups',
] as const;

const orders: Record<string, RawBuilder<unknown>> = {
  name: sql`lower(users.name)`,
  username: sql`lower(users.username)`,
  role: sql`users.role`,
  created: sql`users.created`,
  last_seen: sql`users.last_seen`,
};

type PeopleFilter = Pick<PeopleQuery, 'q' | 'role' | 'origin' | 'state'>;

/** One page of the accounts of the caller's company, and how many there are in all. */
export async function listPeople(
  scope: Scope,
  filter: PeopleFilter,
  { order, limit, offset }: { order: string; limit: number; offset: number },
): Promise<{ rows: PersonRow[]; total: number }> {
  const found = matching(scope, filter);
  const { total } = await found
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const by = orders[order.replace('-', '')] ?? sql`lower(users.name)`;
  const rows = await found
    .select(columns)
    .orderBy(order.startsWith('-') ? sql`${by} DESC NULLS LAST` : sql`${by} ASC NULLS FIRST`)
    .orderBy('users.id')
    .limit(limit)
    .offset(offset)
    .execute();
  return { rows, total };
}

type People = SelectQueryBuilder<DB, 'users', object>;

function matching({ db, caller }: Scope, { q, role, origin: from, state }: PeopleFilter): People {
  let query: People = db.selectFrom('users').where('users.company', '=', caller.company);
  if (role) query = query.where('users.role', '=', role);
  if (from) query = query.where(origin, '=', from);
  if (state) query = query.where('users.disabled', state === 'disabled' ? 'is not' : 'is', null);
  if (!q) return query;
  return query.where(sql<SqlBool>`(users.id = ${q} OR ${contains(q, 'name', 'username', 'email')})`);
}

/** Whether one of these columns has the text in it, whatever its case. */
function contains(q: string, ...names: string[]): RawBuilder<SqlBool> {
  const texts = sql.join(names.map((name) => sql.ref(`users.${name}`)));
  return sql`strpos(lower(concat_ws(' ', ${texts})), lower(${q})) > 0`;
}

/** An account of the caller's company. */
export function findPerson({ db, caller }: Scope, id: string): Promise<PersonRow | undefined> {
  return db
    .selectFrom('users')
    .select(columns)
    .where('users.company', '=', caller.company)
    .where('users.id', '=', id)
    .executeTakeFirst();
}

/**
 * People of the caller's company to pick from, by name; agents and disabled accounts are left out. Who may not see addresses must not be
 * able to guess them either.
 */
export function listNames({ db, caller }: Scope, q: string | undefined) {
  let query = db
    .selectFrom('users')
    .select(['id', 'username', 'name'])
    .where('company', '=', caller.company)
    .where('is_agent', '=', false)
    .where('disabled', 'is', null);
  if (q) query = query.where(contains(q, 'name', 'username'));
  return query.orderBy(sql`lower(name)`).limit(50).execute();
}

/** What hangs on an account of the caller's company: for who is about to delete it. */
export async function belongingsOf({ db, caller }: Scope, id: string): Promise<Belongings> {
  const { company } = caller;
  const { rows } = await sql<Belongings>`
    SELECT
      (SELECT count(*) FROM tasks WHERE user_id = ${id} AND company = ${company}) AS tasks,
      (SELECT count(*) FROM tasks WHERE user_id = ${id} AND company = ${company} AND status = 'in_progress')
        AS running_tasks,
      (SELECT count(*) FROM models WHERE user_id = ${id} AND company = ${company}) AS models,
      (SELECT count(*) FROM projects WHERE user_id = ${id} AND company = ${company}) AS projects,
      (SELECT count(*) FROM credentials WHERE user_id = ${id}) AS keys,
      (SELECT count(*) FROM access_tokens WHERE user_id = ${id}) AS tokens,
      (SELECT count(*) FROM sessions JOIN users ON users.id = user_id AND session_generation = generation
       WHERE user_id = ${id} AND expires > now()) AS sessions,
      (SELECT count(*) FROM project_shares WHERE user_id = ${id}) AS shares,
      (SELECT coalesce(jsonb_agg(listed ORDER BY listed.alias), '[]') FROM (
        SELECT 'task_mapping' AS kind, id, alias FROM task_mappings
        WHERE company = ${company} AND ${id} = ANY(allowed_users)
        UNION ALL
        SELECT 'endpoint_mapping', id, alias FROM endpoint_mappings
        WHERE company = ${company} AND ${id} = ANY(allowed_users)) AS listed) AS mappings`.execute(db);
  return rows[0] as Belongings;
}
