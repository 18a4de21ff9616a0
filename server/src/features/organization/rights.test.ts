import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';

let api: TestApi;
let headers: { authorization: string };
const developer = 'd'.repeat(32);
/** Of the administrator: one the developer knows nothing of, and one that is shared with him for reading. */
let secret: { project: string; task: string; model: string };
let shared: { project: string; task: string; model: string };

beforeAll(async () => {
  api = await createTestApi();
  const { admin, auth } = api.installation;
  const account = { id: developer, company: admin.company, username: 'dev', name: 'Dev', role: 'developer' };
  await api.database.db.insertInto('users').values(account).execute();
  const { token } = await auth.openSession({ ...admin, userId: developer });
  headers = { authorization: `Bearer ${token}` };
  secret = await filled('secret');
  shared = await filled('shared');
  const share = { project_id: shared.project, user_id: developer, can_write: false };
  await api.database.db.insertInto('project_shares').values(share).execute();
});
afterAll(() => api.close());

async function filled(name: string) {
  const { id: project } = await api.ok('projects.create', { name, tags: [`${name} project`] });
  const content = { project, tags: [`${name} content`] };
  const hyperparams = { Args: { [name]: { value: name } } };
  const parent = (await api.ok('tasks.create', { name: `${name} parent`, type: 'training', project })).id;
  const task = { ...content, name: `${name} task`, type: 'training', hyperparams, parent };
  const metadata = [{ key: name, value: name }];
  const model = { ...content, name: `${name} model`, uri: 'file:///m', framework: name, metadata };
  const { id: taskId } = await api.ok('tasks.create', task);
  const scalar = { type: 'training_stats_scalar', metric: name, variant: 'v', iter: 0, value: 1 };
  await api.ok('events.add', { task: taskId, ...scalar });
  return { project, task: taskId, model: (await api.ok('models.create', model)).id };
}

describe('a developer', () => {
  it.each([
    ['projects.get_all_ex', { include_stats: true, check_own_contents: true }],
    ['projects.get_task_tags', {}],
    ['projects.get_model_tags', {}],
    ['projects.get_project_tags', {}],
    ['projects.get_hyper_parameters', { project: '' }],
    ['projects.get_model_metadata_keys', { project: '' }],
    ['projects.get_unique_metric_variants', {}],
    ['projects.get_task_parents', {}],
    ['organization.get_tags', {}],
    ['models.get_all', {}],
    ['models.get_all_ex', {}],
    ['models.get_frameworks', {}],
  ])('reads with %s what is shared and nothing else', async (endpoint, request) => {
    const { code, data } = await api.call(endpoint, request, headers);
    expect(code).toBe('200/0');
    expect(JSON.stringify(data)).toContain('shared');
    expect(JSON.stringify(data)).not.toContain('secret');
  });

  it.each([
    ['projects.get_hyperparam_values', { section: 'Args', name: 'secret' }],
    ['projects.get_model_metadata_values', { key: 'secret' }],
  ])('gets no value from %s', async (endpoint, request) => {
    expect((await api.call(endpoint, request, headers)).data).toEqual({ total: 0, values: [] });
  });

  it('counts only what may be seen', async () => {
    const request = { projects: {}, tasks: {}, models: {} };
    const { data } = await api.call('organization.get_entities_count', request, headers);
    expect(data).toEqual({ projects: 1, tasks: 2, models: 1 });
  });

  it.each([
    ['projects.update', () => ({ project: secret.project, name: 'x' }), '400/401'],
    ['projects.move', () => ({ project: secret.project, new_location: 'x' }), '400/401'],
    ['projects.merge', () => ({ project: secret.project }), '400/401'],
    ['projects.delete', () => ({ project: secret.project, force: true }), '400/401'],
    ['projects.validate_delete', () => ({ project: secret.project }), '400/401'],
    ['projects.make_public', () => ({ ids: [secret.project] }), '400/401'],
    ['models.get_by_task_id', () => ({ task: secret.task }), '400/101'],
    ['models.edit', () => ({ model: secret.model, name: 'x' }), '400/201'],
    ['models.move', () => ({ ids: [secret.model], project: '' }), '400/201'],
    ['models.create', () => ({ name: 'x', uri: 'y', task: secret.task }), '400/101'],
    ['models.create', () => ({ name: 'x', uri: 'y', parent: secret.model }), '400/201'],
    ['projects.update', () => ({ project: shared.project, name: 'x' }), '403/21'],
    ['projects.move', () => ({ project: shared.project, new_location: 'x' }), '403/21'],
    ['projects.merge', () => ({ project: shared.project }), '403/21'],
    ['projects.delete', () => ({ project: shared.project, force: true }), '403/21'],
    ['projects.make_public', () => ({ ids: [shared.project] }), '400/401'],
    ['models.edit', () => ({ model: shared.model, name: 'x' }), '403/21'],
    ['models.delete', () => ({ model: shared.model, force: true }), '403/21'],
    ['models.set_ready', () => ({ model: shared.model }), '403/21'],
    ['models.update_tags', () => ({ ids: [shared.model], add_tags: ['x'] }), '403/21'],
    ['models.make_public', () => ({ ids: [shared.model] }), '400/201'],
    ['models.update_for_task', () => ({ task: shared.task, uri: 'x' }), '403/21'],
  ])('may not %s what belongs to others', async (endpoint, request, code) => {
    expect((await api.call(endpoint, request(), headers)).code).toBe(code);
  });

  it('changes none of many that belong to others', async () => {
    const ids = [secret.model, shared.model];
    for (const endpoint of ['models.archive_many', 'models.delete_many', 'models.publish_many']) {
      const { data } = await api.call(endpoint, { ids, force: true }, headers);
      const codes = data.failed.map(({ error }: { error: { codes: number[] } }) => error.codes);
      expect([data.succeeded, codes]).toEqual([
        [],
        [
          [400, 201],
          [403, 21],
        ],
      ]);
    }
  });
});
