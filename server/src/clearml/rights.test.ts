import { createRequire } from 'node:module';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../test/api.ts';
import { newId } from '../platform/ids.ts';

/** Stands in everything that Ada owns: whoever reads it has seen something of hers. */
const secret = 'adas-own-affair';

interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  required?: string[];
  enum?: unknown[];
  $ref?: string;
  minimum?: number;
}
type Service = {
  definitions?: Record<string, Schema>;
  endpoints: Record<string, { versions: Record<string, { request?: Schema }> }>;
};
const protocol = createRequire(import.meta.url)('@arno/protocol/clearml-api.json') as Record<string, Service>;

let api: TestApi;
let ada: Person;
let bea: Person;
let owned: Record<'project' | 'task' | 'queued' | 'model' | 'report' | 'queue', string>;

interface Person {
  id: string;
  call(path: string, request?: object): ReturnType<TestApi['call']>;
  ok(
    path: string,
    request?: object,
  ): Promise<TestApi['ok'] extends (...given: never[]) => infer R ? Awaited<R> : never>;
}

async function developer(name: string): Promise<Person> {
  const id = newId();
  await api.ok('users.create', { id, name, company: api.installation.admin.company });
  // One that auth.logout does not end.
  const { token } = await api.installation.auth.createAccessToken(id, 'tests');
  const call: Person['call'] = (path, request) =>
    api.call(path, request, { authorization: `Bearer ${token}` });
  return {
    id,
    call,
    async ok(path, request) {
      const { code, message, data } = await call(path, request);
      if (code !== '200/0') throw new Error(`${path}: ${code} ${message}`);
      return data;
    },
  };
}

beforeAll(async () => {
  api = await createTestApi();
  [ada, bea] = [await developer('Ada'), await developer('Bea')];
  owned = await everything(ada);
});

afterAll(() => api.close());

/** One of everything that a developer can own, full of the secret. */
async function everything(person: Person) {
  const { id: project } = await person.ok('projects.create', {
    name: `${secret}/project`,
    description: secret,
    tags: [secret],
  });
  const { id: task } = await person.ok('tasks.create', {
    ...{ name: secret, type: 'training', project, comment: secret, tags: [secret] },
    script: { repository: secret, diff: secret },
    hyperparams: { [secret]: { [secret]: { section: secret, name: secret, value: secret } } },
    configuration: { [secret]: { name: secret, value: secret } },
  });
  const { id: model } = await person.ok('models.create', {
    ...{ name: secret, uri: `http://files/${secret}`, project, task, tags: [secret], framework: secret },
  });
  const common = { task, metric: secret, variant: secret, iter: 1 };
  await person.ok('events.add_batch', [
    { ...common, type: 'training_stats_scalar', value: 0.5 },
    { ...common, type: 'training_stats_scalar', value: 0.5, iter: -(2 ** 31), variant: `${secret} once` },
    { ...common, type: 'plot', plot_str: JSON.stringify({ data: secret }) },
    { ...common, type: 'training_debug_image', url: `http://files/${secret}.png`, key: secret },
    { task, type: 'log', msg: secret, iter: 0 },
  ]);
  const { id: report } = await person.ok('reports.create', {
    name: secret,
    project,
    report: secret,
    tags: [secret],
  });
  const { queues } = await person.ok('queues.get_all', { name: '^default$' });
  const { id: queued } = await person.ok('tasks.create', { name: secret, type: 'training', project });
  await person.ok('tasks.enqueue', { task: queued, queue: queues[0].id });
  return { project, task, queued, model, report, queue: queues[0].id as string };
}

/** All rows that Ada owns, as text. */
async function snapshot(): Promise<string> {
  const { rows } = await sql`
    SELECT (SELECT jsonb_agg(to_jsonb(tasks) ORDER BY id) FROM tasks WHERE user_id = ${ada.id}) AS tasks,
           (SELECT jsonb_agg(to_jsonb(models) ORDER BY id) FROM models WHERE user_id = ${ada.id}) AS models,
           (SELECT jsonb_agg(to_jsonb(projects) ORDER BY id) FROM projects WHERE user_id = ${ada.id}) AS projects,
           (SELECT jsonb_agg(task_id ORDER BY position) FROM queue_entries WHERE queue_id = ${owned.queue}) AS queued,
           (SELECT count(*) FROM scalar_series WHERE task_id = ${owned.task}) AS series,
           (SELECT count(*) FROM logs WHERE task_id = ${owned.task}) AS logs,
           (SELECT count(*) FROM event_documents WHERE task_id = ${owned.task}) AS documents`.execute(
    api.database.db,
  );
  return JSON.stringify(rows, null, 1);
}

/** What a key of a request names, so that a call is about something of Ada's. */
function named(service: string, key: string): string | undefined {
  const own: Record<string, string> = {
    ...{ tasks: owned.task, models: owned.model, projects: owned.project, reports: owned.report },
    ...{ queues: owned.queue, events: owned.task, pipelines: owned.task },
  };
  switch (key) {
    case 'id':
    case 'ids':
      return own[service];
    case 'task':
    case 'tasks':
      return service === 'reports' ? owned.report : service === 'queues' ? owned.queued : owned.task;
    case 'parent':
    case 'new_task_parent':
      return service === 'projects' ? owned.project : owned.task;
    case 'project':
    case 'projects':
    case 'new_task_project':
    case 'destination_id':
    case 'active_in_projects':
      return owned.project;
    case 'model':
    case 'models':
    case 'model_ids':
      return owned.model;
    case 'queue':
      return owned.queue;
    default:
      return undefined;
  }
}

/** A request that fits a schema: all it requires, and everything that can name something of Ada's. */
function requestFor(service: string, schema: Schema, depth = 0): Record<string, unknown> {
  const { properties = {}, required = [] } = resolved(service, schema);
  const entries = Object.entries(properties).flatMap(([key, given]) => {
    const property = resolved(service, given);
    const id = named(service, key);
    if (id !== undefined && property.type === 'string') return [[key, id]];
    if (id !== undefined && property.type === 'array' && !property.items?.properties) return [[key, [id]]];
    if (key === 'force' || key === 'search_hidden' || key === 'delete_contents') return [[key, true]];
    if (!required.includes(key) && !(key === 'metrics' && service === 'events')) return [];
    return [[key, valueFor(service, property, depth)]];
  });
  return Object.fromEntries(entries);
}

function valueFor(service: string, schema: Schema, depth: number): unknown {
  if (schema.enum) return schema.enum[0];
  switch (schema.type) {
    case 'array':
      return depth > 3 ? [] : [valueFor(service, resolved(service, schema.items ?? {}), depth + 1)];
    case 'object':
      return requestFor(service, schema, depth + 1);
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    default:
      return 'something';
  }
}

function resolved(service: string, schema: Schema): Schema {
  const name = schema.$ref?.split('/').at(-1);
  return name ? (protocol[service]?.definitions?.[name] ?? {}) : schema;
}

const everyEndpoint = Object.entries(protocol).flatMap(([service, { endpoints }]) =>
  Object.entries(endpoints).flatMap(([action, { versions }]) =>
    Object.entries(versions).map(
      ([version, { request = {} }]) => [`v${version}/${service}.${action}`, service, request] as const,
    ),
  ),
);

describe('what Ada owns', () => {
  test.each(everyEndpoint)('is not seen or changed by Bea through %s', async (path, service, request) => {
    const before = await snapshot();
    const about = requestFor(service, request);
    const open = { search_hidden: true, force: true };
    const expanded = { only_fields: ['name', 'parent.name', 'project.name', 'task.name'], ...open };
    for (const content of [about, open, { ...about, ...open }, expanded]) {
      const isBatch = path.endsWith('_batch');
      const { code, data, message } = await bea.call(path, isBatch ? [content] : content);
      expect(code, message).not.toMatch(/^5/);
      const said = JSON.stringify(data) + message;
      expect(said).not.toContain(secret);
    }
    expect(await snapshot()).toBe(before);
  });

  test('shows in the answers to the same questions of Ada', async () => {
    const telling = new Set<string>();
    for (const [path, service, request] of everyEndpoint) {
      if (!/\.(get_|debug_images|plots|scalar_|multi_|next_|peek|download)/.test(path)) continue;
      const { data } = await ada.call(path, { ...requestFor(service, request), search_hidden: true });
      if (JSON.stringify(data ?? '').includes(secret)) telling.add(path.replace(/^v[\d.]+\//, ''));
    }
    // Were it much less, the questions above would prove nothing.
    expect(telling.size, [...telling].join(' ')).toBeGreaterThan(30);
  });

  test('is Ada’s and the administrators’ to see', async () => {
    for (const call of [ada.ok, api.ok]) {
      const { tasks } = await call('tasks.get_all_ex', {
        id: [owned.task],
        only_fields: ['name', 'project.name'],
      });
      expect(tasks).toMatchObject([{ name: secret, project: { name: `${secret}/project` } }]);
    }
  });
});

describe('a project of Ada’s that is shared', () => {
  const share = (can_write: boolean) =>
    api.database.db
      .insertInto('project_shares')
      .values({ project_id: owned.project, user_id: bea.id, can_write })
      .onConflict((conflict) => conflict.columns(['project_id', 'user_id']).doUpdateSet({ can_write }))
      .execute();
  const code = async (path: string, request: object) => (await bea.call(path, request)).code;

  test('for reading is read by Bea, cloned from, and not changed', async () => {
    await share(false);
    expect((await bea.ok('tasks.get_by_id', { task: owned.task })).task.name).toBe(secret);
    expect((await bea.ok('models.get_by_id', { model: owned.model })).model.name).toBe(secret);
    expect((await bea.ok('events.get_task_log', { task: owned.task })).total).toBe(1);
    const { project } = owned;
    expect(await code('tasks.edit', { task: owned.task, name: 'Beas', force: true })).toBe('403/21');
    expect(await code('tasks.delete', { task: owned.task, force: true })).toBe('403/21');
    expect(await code('tasks.create', { name: 'Beas', type: 'training', project })).toBe('403/21');
    expect(await code('projects.create', { name: `${secret}/project/Beas` })).toBe('403/21');
    const own = (await bea.ok('projects.create', { name: 'Beas' })).id;
    const copy = await bea.ok('tasks.clone', { task: owned.task, new_task_project: own });
    expect((await bea.ok('tasks.get_by_id', { task: copy.id })).task.user).toBe(bea.id);
    expect(await code('tasks.move', { ids: [copy.id], project })).toBe('403/21');
  });

  test('for changes is Bea’s to work in, and what she makes there is seen by Ada', async () => {
    await share(true);
    const { project } = owned;
    expect(await code('tasks.edit', { task: owned.task, comment: 'by Bea', force: true })).toBe('200/0');
    const { id: below } = await bea.ok('projects.create', { name: `${secret}/project/Beas` });
    expect((await ada.ok('projects.get_by_id', { project: below })).project.parent).toBe(project);
    const { id } = await bea.ok('tasks.create', { name: 'Beas', type: 'training', project: below });
    expect((await ada.ok('tasks.get_by_id', { task: id })).task.user).toBe(bea.id);
  });

  test('is Ada’s alone again when the share ends, but what Bea made stays hers too', async () => {
    await api.database.db.deleteFrom('project_shares').execute();
    expect(await code('tasks.get_by_id', { task: owned.task })).toBe('400/101');
    expect(await code('projects.get_by_id', { project: owned.project })).toBe('400/401');
    expect((await bea.ok('tasks.get_all', { name: '^Beas$' })).tasks).toHaveLength(1);
  });
});

test('two developers may name their projects alike', async () => {
  const [hers, own] = [
    await ada.ok('projects.create', { name: 'Same/sub' }),
    await bea.ok('projects.create', { name: 'Same/sub' }),
  ];
  expect(hers.id).not.toBe(own.id);
  const found = async (person: Person) =>
    (await person.ok('projects.get_all', { name: '^Same/sub$' })).projects;
  expect(await found(bea)).toMatchObject([{ id: own.id }]);
  expect((await ada.call('projects.create', { name: 'Same/sub' })).code).toBe('400/801');
  await bea.ok('projects.update', {
    project: (await bea.ok('projects.get_all', { name: '^Same$' })).projects[0].id,
    name: 'Other',
  });
  expect(await found(ada)).toMatchObject([{ id: hers.id }]);
});
