import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const unknown = 'f'.repeat(32);
const project = async (name: string, properties: object = {}): Promise<string> =>
  (await api.ok('projects.create', { name, ...properties })).id;
const task = async (properties: object = {}): Promise<string> =>
  (await api.ok('tasks.create', { name: 'a task', type: 'training', ...properties })).id;
const model = async (properties: object = {}): Promise<string> =>
  (await api.ok('models.create', { name: 'a model', uri: 'file:///m.bin', ...properties })).id;
const idOf = async (name: string): Promise<string> =>
  (await api.ok('projects.get_all', { name: `^${name}$`, search_hidden: true })).projects[0]?.id;
const names = (answer: { projects: { name: string }[] }) => answer.projects.map(({ name }) => name);

describe('projects.get_all_ex', () => {
  it('counts tasks by state and status, with what lies below', async () => {
    const top = await project('stats');
    const inner = await project('stats/inner');
    const hidden = await project('stats/.hidden', { system_tags: ['hidden'] });
    await task({ project: top });
    const running = await task({ project: inner });
    await api.ok('tasks.started', { task: running });
    await task({ project: inner, system_tags: ['archived'] });
    await task({ project: hidden });
    const ask = async (request: object) =>
      (await api.ok('projects.get_all_ex', { id: [top], include_stats: true, ...request })).projects[0];

    const { stats, sub_projects } = await ask({});
    expect(stats.active).toMatchObject({
      total_tasks: 2,
      status_count: { created: 1, in_progress: 1, failed: 0 },
    });
    expect(stats.active.last_task_run).toBeGreaterThan(Date.now() - 60_000);
    expect(stats.archived).toMatchObject({ total_tasks: 1, total_runtime: 0, completed_tasks_24h: 0 });
    expect(sub_projects).toEqual([{ id: inner, name: 'stats/inner' }]);

    expect((await ask({ stats_with_children: false })).stats.active.total_tasks).toBe(1);
    expect((await ask({ search_hidden: true })).stats.active.total_tasks).toBe(3);
    expect((await ask({ stats_for_state: 'archived' })).stats.active).toBeUndefined();
    expect((await ask({ include_stats_filter: { status: ['in_progress'] } })).stats.active.total_tasks).toBe(
      1,
    );
    expect(await ask({ only_fields: ['name'] })).toMatchObject({
      id: top,
      name: 'stats',
      stats: expect.anything(),
    });
  });

  it('tells of datasets', async () => {
    const top = await project('data');
    await project('data/.datasets', { system_tags: ['hidden'] });
    const dataset = await project('data/.datasets/d', {
      system_tags: ['hidden', 'dataset'],
      tags: ['x', 'y'],
    });
    await task({
      project: dataset,
      system_tags: ['dataset'],
      runtime: { ds_file_count: 3, ds_total_size: '12' },
    });
    const ask = async (id: string) =>
      (
        await api.ok('projects.get_all_ex', {
          id: [id],
          include_stats: true,
          include_dataset_stats: true,
          check_own_contents: true,
        })
      ).projects[0];
    expect((await ask(dataset)).dataset_stats).toEqual({ file_count: 3, total_size: 12 });
    expect(await ask(top)).toMatchObject({
      stats: { datasets: { count: 1, tags: ['x', 'y'] } },
      own_tasks: 0,
      own_models: 0,
      own_datasets: 1,
    });
    const typed = (request: object) =>
      api.ok('projects.get_all_ex', { name: '^data$', children_type: 'dataset', ...request });
    expect(names(await typed({}))).toEqual(['data']);
    expect(names(await typed({ children_tags: ['x'] }))).toEqual(['data']);
    expect(names(await typed({ children_tags: ['z'] }))).toEqual([]);
    expect(names(await typed({ children_tags_filter: { any: { exclude: ['x'] } } }))).toEqual([]);
    expect(names(await typed({ children_type: 'pipeline' }))).toEqual([]);
    expect(names(await typed({ children_type: 'report' }))).toEqual([]);
  });

  it('searches among direct children or among all', async () => {
    const top = await project('search');
    await project('search/a/b');
    const ask = async (request: object) =>
      names(await api.ok('projects.get_all_ex', { order_by: ['name'], ...request }));
    expect(await ask({ parent: [top] })).toEqual(['search/a', 'search/a/b']);
    expect(await ask({ parent: [top], shallow_search: true })).toEqual(['search/a']);
    expect(await ask({ name: '^search', shallow_search: true })).toEqual(['search']);
    const shallow = { name: '^search', shallow_search: true };
    expect(names(await api.ok('projects.get_all', shallow))).toEqual(['search']);
  });

  it('finds the projects of active users', async () => {
    const top = await project('active');
    await task({ project: await project('active/used') });
    await project('active/unused');
    const users = [api.installation.admin.userId];
    const ask = async (active_users: string[]) =>
      names(await api.ok('projects.get_all_ex', { name: '^active', active_users, order_by: ['name'] }));
    expect(await ask(users)).toEqual(['active', 'active/used']);
    expect(await ask([unknown])).toEqual([]);
    const [found] = (await api.ok('projects.get_all_ex', { id: [top], only_fields: ['user.name'] })).projects;
    expect(found.user).toEqual({ id: users[0], name: expect.any(String) });
  });
});

describe('deleting a project', () => {
  it('is refused for what is not archived, and says what there is', async () => {
    const top = await project('full');
    const made = await task({ project: await project('full/inner') });
    const kept = await model({ project: top });
    const version = await task({ project: await project('full/.datasets/d'), system_tags: ['dataset'] });
    const run = await task({ project: await project('full/.pipelines/p'), system_tags: ['pipeline'] });
    expect(await api.ok('projects.validate_delete', { project: top })).toEqual({
      tasks: 1,
      non_archived_tasks: 1,
      models: 1,
      non_archived_models: 1,
      reports: 0,
      non_archived_reports: 0,
      pipelines: 1,
      datasets: 1,
    });
    expect(Object.keys(await api.ok('v2.14/projects.validate_delete', { project: top }))).toHaveLength(4);
    const refused = async () => (await api.call('projects.delete', { project: top })).code;
    expect(await refused()).toBe('400/402');
    await api.ok('tasks.archive_many', { ids: [made] });
    expect(await refused()).toBe('400/405');
    await api.ok('models.archive_many', { ids: [kept] });
    expect(await refused()).toBe('400/406');
    await api.ok('tasks.archive_many', { ids: [version] });
    expect(await refused()).toBe('400/413');
    await api.ok('tasks.archive_many', { ids: [run] });
    expect(await api.ok('projects.delete', { project: top })).toMatchObject({
      deleted: 6,
      disassociated_tasks: 3,
      deleted_tasks: 0,
    });
    expect((await api.ok('tasks.get_by_id', { task: made })).task.project).toBeUndefined();
    expect((await api.call('projects.delete', { project: top })).code).toBe('400/401');
    expect((await api.call('projects.validate_delete', { project: top })).code).toBe('400/401');
  });

  it('takes the contents along when told so', async () => {
    const top = await project('gone');
    const inner = await project('gone/inner');
    const made = await task({ project: inner });
    const id = await model({ project: top, ready: true });
    await api.ok('tasks.add_or_update_artifacts', {
      task: made,
      artifacts: [{ key: 'a', type: 'custom', uri: 'file:///a.bin' }],
    });
    await api.ok('events.add', {
      task: made,
      type: 'training_debug_image',
      metric: 'm',
      variant: 'v',
      iter: 1,
      url: 'file:///i.png',
    });
    const answer = await api.ok('projects.delete', { project: top, force: true, delete_contents: true });
    expect(answer).toEqual({
      deleted: 2,
      disassociated_tasks: 0,
      deleted_tasks: 1,
      deleted_models: 1,
      urls: {
        model_urls: ['file:///m.bin'],
        event_urls: ['file:///i.png'],
        artifact_urls: ['file:///a.bin'],
      },
    });
    expect((await api.call('tasks.get_by_id', { task: made })).code).toBe('400/101');
    expect((await api.call('models.get_by_id', { model: id })).code).toBe('400/201');
  });

  it('answers clients before 2.13 in their shape', async () => {
    const id = await project('old');
    await task({ project: id });
    const answer = await api.ok('v2.12/projects.delete', { project: id, force: true });
    expect(answer).toEqual({ deleted: 1, disassociated_tasks: 1 });
    expect(await idOf('old')).toBeUndefined();
  });
});

describe('what occurs in a project', () => {
  it('metrics, by hash', async () => {
    const top = await project('metrics');
    const made = await task({ project: await project('metrics/inner') });
    await api.ok('events.add', {
      task: made,
      type: 'training_stats_scalar',
      metric: 'loss',
      variant: 'train',
      iter: 0,
      value: 1,
    });
    const ask = async (request: object) =>
      (await api.ok('projects.get_unique_metric_variants', request)).metrics;
    const loss = {
      metric: 'loss',
      variant: 'train',
      metric_hash: expect.any(String),
      variant_hash: expect.any(String),
    };
    expect(await ask({ project: top })).toEqual([loss]);
    expect(await ask({ ids: [made] })).toEqual([loss]);
    expect(await ask({ project: top, include_subprojects: false })).toEqual([]);
    expect(await ask({ project: top, model_metrics: true })).toEqual([]);
  });

  it('hyperparameters and their values, in pages', async () => {
    const top = await project('parameters');
    const parameter = (value: string) => ({ Args: { lr: { value }, 'a.b': { value: 'x' } } });
    await task({ project: top, hyperparams: parameter('0.1') });
    await task({ project: top, hyperparams: parameter('0.2') });
    await task({ project: top, hyperparams: parameter('0.1') });
    expect(await api.ok('projects.get_hyper_parameters', { project: top })).toEqual({
      parameters: [
        { section: 'Args', name: 'a.b' },
        { section: 'Args', name: 'lr' },
      ],
      total: 2,
      remaining: 0,
    });
    const second = { project: top, page: 1, page_size: 1 };
    expect(await api.ok('projects.get_hyper_parameters', second)).toMatchObject({
      parameters: [{ name: 'lr' }],
      total: 2,
      remaining: 0,
    });
    const ask = (request: object) =>
      api.ok('projects.get_hyperparam_values', { projects: [top], section: 'Args', name: 'lr', ...request });
    expect(await ask({})).toEqual({ total: 2, values: ['0.1', '0.2'] });
    expect(await ask({ page_size: 1, page: 1 })).toEqual({ total: 2, values: ['0.2'] });
    expect(await ask({ page_size: 1, page: 9 })).toEqual({ total: 2, values: [] });
    expect(await ask({ pattern: '2$' })).toEqual({ total: 1, values: ['0.2'] });
    expect(
      (await api.call('projects.get_hyperparam_values', { section: 'Args', name: 'lr', pattern: '(' })).code,
    ).toBe('400/21');
  });

  it('metadata of models', async () => {
    const top = await project('metadata');
    await model({ project: top, metadata: [{ key: 'b', value: '1' }] });
    await model({
      project: top,
      metadata: [
        { key: 'a', value: '2' },
        { key: 'b', value: '3' },
      ],
    });
    const keys = await api.ok('projects.get_model_metadata_keys', { project: top, page_size: 1 });
    expect(keys).toEqual({ keys: ['a'], total: 2, remaining: 1 });
    const values = await api.ok('projects.get_model_metadata_values', { projects: [top], key: 'b' });
    expect(values).toEqual({ total: 2, values: ['1', '3'] });
  });

  it('tags of projects, tasks and models', async () => {
    const top = await project('tags', { tags: ['p'], system_tags: ['sp'] });
    await task({ project: top, tags: ['t2', 't1'], system_tags: ['st'] });
    await model({ project: await project('tags/inner'), tags: ['m'] });
    const ask = (what: string, request: object = {}) =>
      api.ok(`projects.get_${what}_tags`, { projects: [top], ...request });
    expect(await ask('task')).toEqual({ tags: ['t1', 't2'] });
    expect(await ask('task', { include_system: true })).toEqual({ tags: ['t1', 't2'], system_tags: ['st'] });
    expect(await ask('task', { filter: { system_tags: ['other'] } })).toEqual({ tags: [] });
    expect(await ask('model')).toEqual({ tags: ['m'] });
    expect(await ask('project')).toEqual({ tags: ['p'] });
    const all = await api.ok('organization.get_tags', { include_system: true });
    expect(all.tags).toEqual(expect.arrayContaining(['p', 't1', 't2', 'm']));
    expect(all.system_tags).toEqual(expect.arrayContaining(['sp', 'st']));
  });

  it('parents of tasks, and owners', async () => {
    const top = await project('parents');
    const parent = await task({ name: 'the parent', project: top });
    await task({ project: top, parent });
    const orphan = await task({ name: 'alone' });
    await task({ project: top, parent: orphan, system_tags: ['archived'] });
    const ask = async (request: object = {}) =>
      (await api.ok('projects.get_task_parents', { projects: [top], ...request })).parents;
    expect(await ask()).toEqual([{ id: parent, name: 'the parent', project: { id: top, name: 'parents' } }]);
    expect(await ask({ tasks_state: 'archived' })).toEqual([{ id: orphan, name: 'alone' }]);
    expect(await ask({ task_name: 'nothing' })).toEqual([]);
    const users = async (request: object = {}) =>
      (await api.ok('projects.get_user_names', { projects: [top], ...request })).users;
    expect(await users()).toEqual([{ id: api.installation.admin.userId, name: expect.any(String) }]);
    expect(await users({ entity: 'model' })).toEqual([]);
  });
});
