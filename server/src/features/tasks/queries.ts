import type { TaskOrder } from '@arno/protocol';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Scope } from '../../clearml/endpoint.ts';
import { memberProjects, readable } from '../../clearml/rights.ts';
import type { Db } from '../../platform/database.ts';

/** Which tasks are meant; all conditions together. */
export interface TaskFilter {
  /** One of these. */
  status?: readonly string[] | undefined;
  type?: readonly string[] | undefined;
  /** The project with all below it. */
  project?: string | undefined;
  user?: string | undefined;
  /** All of these. */
  tags?: readonly string[] | undefined;
  /** Found anywhere in the name, whatever its case; or the beginning of the id. */
  q?: string | undefined;
}

/** A task's place in an order: what it is ordered by, and its id. Points in time are ISO 8601 with microseconds. */
export type TaskPlace = readonly string[];

export interface TaskPage {
  order: TaskOrder;
  descending: boolean;
  /** Only tasks behind this place, or before that one; `end` is behind all. */
  after?: TaskPlace | undefined;
  before?: TaskPlace | 'end' | undefined;
  limit: number;
}

export interface TaskListRow {
  id: string;
  name: string;
  type: string;
  status: string;
  tags: string[];
  project: string | null;
  project_name: string | null;
  user_id: string;
  user_name: string | null;
  created: Date;
  started: Date | null;
  completed: Date | null;
  status_changed: Date;
  last_update: Date;
  last_iteration: number;
  last_worker: string | null;
  place: TaskPlace;
}

type Condition = RawBuilder<SqlBool>;

interface OrderKey {
  sql: RawBuilder<unknown>;
  isTime?: true;
}

const lastUpdate: OrderKey = { sql: sql.ref('tasks.last_update'), isTime: true };
/** Each list of keys is an index of 0021-console.sql, in which the id follows; none of them is ever NULL. */
const orders: Record<TaskOrder, readonly OrderKey[]> = {
  last_update: [lastUpdate],
  created: [{ sql: sql.ref('tasks.created'), isTime: true }],
  name: [{ sql: sql`lower(left(tasks.name, 100))` }, lastUpdate],
  status: [{ sql: sql.ref('tasks.status') }, lastUpdate],
  type: [{ sql: sql.ref('tasks.type') }, lastUpdate],
};

/** Whether a text from outside is a place in this order. */
export function isTaskPlace(order: TaskOrder, place: unknown): place is TaskPlace {
  const keys = [...orders[order], { isTime: false }];
  if (!Array.isArray(place) || place.length !== keys.length) return false;
  return place.every((value, index) => typeof value === 'string' && (!keys[index]?.isTime || isTime(value)));
}

/** An instant that PostgreSQL would not refuse: JavaScript knows a 30th of February, as the 2nd of March. */
function isTime(text: string): boolean {
  if (!/^[12]\d{3}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/.test(text)) return false;
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === text.slice(0, 10);
}

/** A page of the list, and whether there is more on either side. */
export async function listTasks(
  scope: Scope,
  filter: TaskFilter,
  page: TaskPage,
): Promise<{ rows: TaskListRow[]; hasPrevious: boolean; hasNext: boolean }> {
  const projects = await memberProjects(scope);
  const matching = await listed(scope, filter, projects);
  const { rows: found } = await pageOf(scope, matching, page, projects).execute(scope.db);
  const rows = found.slice(0, page.limit);
  const isMore = found.length > page.limit;
  if (page.before === undefined) return { rows, hasPrevious: page.after !== undefined, hasNext: isMore };
  return { rows: rows.reverse(), hasPrevious: isMore, hasNext: page.before !== 'end' };
}

/** The page and one row more. A page before a place is read from there, so its rows come in the opposite order. */
function pageOf(scope: Scope, matching: Condition, page: TaskPage, projects: string[] | undefined) {
  const { order, after, before, limit } = page;
  const isBackwards = before !== undefined;
  const isDown = page.descending !== isBackwards;
  const keys = [...orders[order], { sql: sql.ref('tasks.id') }];
  const from = isBackwards ? before : after;
  const beyond = from === undefined || from === 'end' ? sql<SqlBool>`true` : beyondPlace(keys, from, isDown);
  const direction = sql.raw(isDown ? 'DESC' : 'ASC');
  const mayReadProject = readable(scope, 'projects', { alias: 'place', projects });
  return sql<TaskListRow>`
    SELECT tasks.id, tasks.name, type, status, tasks.tags, project, tasks.user_id, tasks.created, started, completed,
      status_changed, tasks.last_update, last_iteration, last_worker,
      (SELECT place.name FROM projects AS place WHERE place.id = tasks.project AND ${mayReadProject}) AS project_name,
      (SELECT users.name FROM users WHERE users.id = tasks.user_id) AS user_name,
      ARRAY[${sql.join(keys.map(asText))}] AS place
    FROM tasks WHERE ${matching} AND ${beyond}
    ORDER BY ${sql.join(keys.map((key) => sql`${key.sql} ${direction}`))} LIMIT ${limit + 1}`;
}

/** One comparison of rows: this is what lets an index begin at the place. */
function beyondPlace(keys: readonly OrderKey[], place: TaskPlace, isDown: boolean): Condition {
  const values = place.map((value, index) =>
    keys[index]?.isTime ? sql`${value}::timestamptz` : sql`${value}::text`,
  );
  const target = sql.join(keys.map((key) => key.sql));
  return sql<SqlBool>`(${target}) ${sql.raw(isDown ? '<' : '>')} (${sql.join(values)})`;
}

function asText(key: OrderKey): RawBuilder<string> {
  return key.isTime
    ? sql`to_char(${key.sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
    : sql`${key.sql}::text`;
}

/** How many tasks the list has. Counting stops behind `limit`. */
export async function countTasks(
  scope: Scope,
  filter: TaskFilter,
  limit: number,
): Promise<{ total: number; more: boolean }> {
  const matching = await listed(scope, filter, await memberProjects(scope));
  const { rows } = await sql<{ total: number }>`
    SELECT count(*) AS total FROM (SELECT FROM tasks WHERE ${matching} LIMIT ${limit + 1}) AS found`.execute(
    scope.db,
  );
  const total = rows[0]?.total ?? 0;
  return { total: Math.min(total, limit), more: total > limit };
}

/** What of the list the filter lets through. All that PostgreSQL chooses an index by stands there as a value. */
async function listed(scope: Scope, filter: TaskFilter, projects: string[] | undefined): Promise<Condition> {
  const { status, type, project, user, tags, q } = filter;
  const conditions: Condition[] = [
    readable(scope, 'tasks', { projects }),
    sql`NOT tasks.system_tags && '{archived,hidden}'::text[]`,
  ];
  if (status) conditions.push(oneOf('status', status));
  if (type) conditions.push(oneOf('type', type));
  if (project !== undefined) conditions.push(oneOf('project', await projectTree(scope, project)));
  if (user !== undefined) conditions.push(oneOf('user_id', [user]));
  if (tags?.length) conditions.push(taggedAll(tags));
  if (q) conditions.push(named(q));
  return sql<SqlBool>`${sql.join(conditions, sql` AND `)}`;
}

/** A single value is compared as such: then an index has what matches in the list's order. */
function oneOf(column: 'status' | 'type' | 'project' | 'user_id', values: readonly string[]): Condition {
  const target = sql.ref(`tasks.${column}`);
  const [only] = values;
  return values.length === 1 && only !== undefined
    ? sql`${target} = ${only}`
    : sql`${target} = ANY(${[...values]}::text[])`;
}

/** The index has the beginnings of long tags; both conditions together are exact. */
function taggedAll(tags: readonly string[]): Condition {
  const wanted = [...tags];
  return sql`tasks.tags <> '{}' AND tag_keys(tasks.tags) @> tag_keys(${wanted}::text[]) AND tasks.tags @> ${wanted}::text[]`;
}

function named(text: string): Condition {
  const inName = sql<SqlBool>`tasks.name ILIKE ${containing(text)}`;
  if (!/^[0-9a-f]{4,32}$/i.test(text)) return inName;
  const beginning = text.toLowerCase();
  // A range and not LIKE, whose use of an index hangs on the collation. No digit of an id comes after f.
  return sql`(${inName} OR (tasks.id >= ${beginning} AND tasks.id < ${`${beginning}g`}))`;
}

/** A pattern for ILIKE. */
function containing(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
}

async function projectTree({ db }: Scope, id: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM projects WHERE id = ${id} OR path @> ${[id]}::text[]`.execute(db);
  return rows.map((row) => row.id);
}

export interface TaskChoicesQuery {
  of: 'project' | 'user' | 'tag';
  /** Found anywhere in the label, whatever its case. */
  q?: string | undefined;
  /** Only this one. */
  id?: string | undefined;
  limit: number;
}

/** Of so many tasks that changed last the tags are offered: who looks for an older one types it. */
const tagSource = 2000;

/** What the tasks that the caller may read can be filtered by, by label. */
export async function taskChoices(scope: Scope, { of, q, id, limit }: TaskChoicesQuery) {
  const projects = await memberProjects(scope);
  const conditions = [sql<SqlBool>`label ILIKE ${containing(q ?? '')}`];
  if (id !== undefined) conditions.push(sql`id = ${id}`);
  const { rows } = await sql<{ id: string; label: string }>`
    SELECT id, label FROM (${choiceSources[of](scope, projects)}) AS choices
    WHERE ${sql.join(conditions, sql` AND `)} ORDER BY lower(label), id LIMIT ${limit}`.execute(scope.db);
  return rows;
}

type ChoiceSource = (scope: Scope, projects: string[] | undefined) => RawBuilder<unknown>;

const choiceSources: Record<TaskChoicesQuery['of'], ChoiceSource> = {
  project: (scope, projects) => sql`
    SELECT id, name AS label FROM projects
    WHERE NOT system_tags @> '{hidden}' AND ${readable(scope, 'projects', { projects })}`,
  user: (scope, projects) => sql`
    SELECT id, name AS label FROM users
    WHERE EXISTS (SELECT FROM tasks WHERE tasks.user_id = users.id AND ${readable(scope, 'tasks', { projects })})`,
  tag: (scope, projects) => sql`
    SELECT DISTINCT tag AS id, tag AS label FROM (
      SELECT tags FROM tasks WHERE tags <> '{}' AND ${readable(scope, 'tasks', { projects })}
      ORDER BY last_update DESC LIMIT ${tagSource}) AS tagged CROSS JOIN unnest(tags) AS tag`,
};

/**
 * Merges what the index of names has gathered beside it, which each search must read through; otherwise a task would do it in the
 * middle of its own write. Without pg_trgm there is no such index.
 */
export async function mergeTaskNames(db: Db): Promise<void> {
  await sql`SELECT gin_clean_pending_list(indexrelid) FROM pg_index
    WHERE indrelid = 'tasks'::regclass AND indexrelid::regclass::text = 'tasks_by_words'`.execute(db);
}
