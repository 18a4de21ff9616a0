import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const unknown = 'f'.repeat(32);

async function model(properties: object = {}): Promise<string> {
  const { id } = await api.ok('models.create', { name: 'a model', uri: 'file:///m.bin', ...properties });
  return id;
}

async function task(properties: object = {}): Promise<string> {
  return (await api.ok('tasks.create', { name: 'a task', type: 'training', ...properties })).id;
}

const get = async (id: string, version = '') =>
  (await api.ok(`${version}models.get_by_id`, { model: id })).model;

describe('a model', () => {
  it('keeps what it was created with', async () => {
    const project = (await api.ok('projects.create', { name: 'models/kept' })).id;
    const made = await task({ project });
    const parent = await model();
    const metadata = [{ key: 'accuracy', type: 'float', value: '0.9' }];
    const labels = { cat: 0, dog: 1 };
    const id = await model({
      project,
      task: made,
      parent,
      labels,
      metadata,
      framework: 'PyTorch',
      comment: 'good',
    });
    expect(await get(id)).toMatchObject({
      name: 'a model',
      uri: 'file:///m.bin',
      project,
      task: made,
      parent,
      labels,
      framework: 'PyTorch',
      ready: false,
      metadata: { accuracy: { key: 'accuracy', type: 'float', value: '0.9' } },
    });
  });

  it('answers the last iteration that was reported on it', async () => {
    const id = await model();
    expect((await get(id)).last_iteration).toBe(0);
    const scalar = { type: 'training_stats_scalar', task: id, model_event: true, metric: 'm', variant: 'v' };
    for (const iter of [7, 3]) await api.ok('events.add', { ...scalar, iter, value: 1 });
    expect((await get(id)).last_iteration).toBe(7);
    const request = { id: [id], only_fields: ['last_iteration'] };
    expect((await api.ok('models.get_all', request)).models).toEqual([{ id, last_iteration: 7 }]);
    expect((await api.ok('models.get_all_ex', { last_iteration: [7, 7] })).models).toMatchObject([{ id }]);
  });

  it.each([
    [{ project: unknown }, '400/401'],
    [{ task: unknown }, '400/101'],
    [{ parent: unknown }, '400/201'],
    [{ labels: { a: 1, b: 1 } }, '400/12'],
    [{ metadata: [{ value: 'without a key' }] }, '400/12'],
  ])('with %j is refused with %s', async (properties, code) => {
    const request = { name: 'a model', uri: 'file:///m', ...properties };
    expect((await api.call('models.create', request)).code).toBe(code);
  });

  it('that nobody made is 400/201 everywhere', async () => {
    const one = [
      'get_by_id',
      'edit',
      'update',
      'delete',
      'set_ready',
      'delete_metadata',
      'add_or_update_metadata',
    ];
    for (const action of one) {
      const answer = await api.call(`models.${action}`, { model: unknown, keys: [], metadata: [] });
      expect([action, answer.code]).toEqual([action, '400/201']);
    }
    for (const action of ['move', 'update_tags', 'make_public', 'make_private']) {
      const answer = await api.call(`models.${action}`, { ids: [unknown], project_name: 'some/where' });
      expect([action, answer.code]).toEqual([action, '400/201']);
    }
  });

  it('is edited, and moved out of its project by an empty one', async () => {
    const project = (await api.ok('projects.create', { name: 'models/edited' })).id;
    const id = await model({ project });
    const answer = await api.ok('models.edit', { model: id, name: 'renamed', design: { layers: 2 } });
    expect(answer).toMatchObject({ updated: 1, fields: { name: 'renamed' } });
    await api.ok('models.update', { model: id, project: '', comment: 'alone' });
    const edited = await get(id);
    expect(edited).toMatchObject({ name: 'renamed', design: { layers: 2 }, comment: 'alone' });
    expect(edited.project).toBeUndefined();
  });

  it('is no newer when only the console remembers how it draws it', async () => {
    const id = await model();
    const { last_update } = await get(id);
    const { fields } = await api.ok('models.update', { model: id, ui_cache: { open: true } });
    expect(fields.last_update).toBeUndefined();
    expect(await get(id)).toMatchObject({ last_update, ui_cache: { open: true } });
    expect((await api.ok('models.update', { model: id })).updated).toBe(0);
  });

  it('tells its task how far it came', async () => {
    const made = await task();
    const id = await model({ task: made });
    await api.ok('models.edit', { model: id, iteration: 7 });
    await api.ok('models.update', { model: id, iteration: 3 });
    expect((await api.ok('tasks.get_by_id', { task: made })).task.last_iteration).toBe(7);
  });
});

describe('metadata', () => {
  it('is merged, replaced and deleted by key', async () => {
    const id = await model();
    const set = (metadata: object[], replace_metadata = false) =>
      api.ok('models.add_or_update_metadata', { model: id, metadata, replace_metadata });
    await set([{ key: 'a.b', type: 'int', value: '1' }]);
    await set([{ key: 'c', value: '2' }]);
    expect(Object.keys((await get(id)).metadata)).toEqual(['c', 'a.b']);
    expect(await api.ok('models.delete_metadata', { model: id, keys: ['c', 'none'] })).toEqual({
      updated: 1,
    });
    const found = await api.ok('models.get_all', { 'metadata.a.b.value': ['1'] });
    expect(found.models.map((one: { id: string }) => one.id)).toEqual([id]);
    await set([{ key: 'd', value: '3' }], true);
    expect(Object.keys((await get(id)).metadata)).toEqual(['d']);
  });

  it('is a list for clients before 2.17', async () => {
    const id = await model({ metadata: [{ key: 'k', type: 'str', value: 'v' }] });
    expect((await get(id, 'v2.13/')).metadata).toEqual([{ key: 'k', type: 'str', value: 'v' }]);
  });
});

describe('publishing', () => {
  it('publishes the task too, unless told otherwise', async () => {
    const made = await task();
    await api.ok('tasks.started', { task: made });
    await api.ok('tasks.completed', { task: made });
    const [first, second] = [await model({ task: made }), await model({ task: made })];
    expect(await api.ok('models.set_ready', { model: first, publish_task: false })).toEqual({ updated: 1 });
    expect((await api.ok('tasks.get_by_id', { task: made })).task.status).toBe('completed');
    const answer = await api.ok('models.set_ready', { model: second });
    expect(answer.published_task).toMatchObject({
      id: made,
      data: { updated: 1, fields: { status: 'published' } },
    });
    expect((await api.call('models.set_ready', { model: second })).code).toBe('400/203');
  });

  it('leaves the model alone when its task has not ended, and publishes both by force', async () => {
    const made = await task();
    const id = await model({ task: made });
    expect((await api.call('models.set_ready', { model: id })).code).toBe('400/121');
    expect((await get(id)).ready).toBe(false);
    const { succeeded, failed } = await api.ok('models.publish_many', {
      ids: [id, unknown],
      force_publish_task: true,
    });
    expect(succeeded).toEqual([{ id, updated: true, published_task: expect.objectContaining({ id: made }) }]);
    expect(failed).toEqual([{ id: unknown, error: expect.objectContaining({ codes: [400, 201] }) }]);
  });

  it('fixes uri and labels, and nothing takes it back', async () => {
    const id = await model({ ready: true });
    expect((await api.call('models.edit', { model: id, uri: 'file:///other' })).code).toBe('400/203');
    await api.ok('models.update', { model: id, ready: false, name: 'still ready' });
    expect(await get(id)).toMatchObject({ ready: true, name: 'still ready' });
  });
});

describe('archive and deletion', () => {
  it('archives and back, each model by itself', async () => {
    const id = await model({ system_tags: ['mine'] });
    const { succeeded, failed } = await api.ok('models.archive_many', { ids: [id, unknown] });
    expect([succeeded, failed.length]).toEqual([[{ id, archived: true }], 1]);
    await api.ok('models.archive_many', { ids: [id] });
    expect((await get(id)).system_tags).toEqual(['mine', 'archived']);
    expect((await api.ok('models.unarchive_many', { ids: [id] })).succeeded).toEqual([
      { id, unarchived: true },
    ]);
    expect((await get(id)).system_tags).toEqual(['mine']);
  });

  it('refuses a model in use, and marks the traces of one deleted by force', async () => {
    const id = await model();
    const child = await model({ parent: id });
    const user = await task({ models: { input: [{ name: 'base', model: id }], output: [] } });
    expect((await api.call('models.delete', { model: id })).code).toBe('400/205');
    expect(await api.ok('models.delete', { model: id, force: true })).toEqual({
      deleted: true,
      url: 'file:///m.bin',
    });
    const { models } = (await api.ok('tasks.get_by_id', { task: user })).task;
    expect(models.input[0]).toMatchObject({ name: 'base', model: `__DELETED__${id}` });
    expect((await get(child)).parent).toBe(`__DELETED__${id}`);
    expect((await api.call('models.delete', { model: id })).code).toBe('400/201');
  });

  it('refuses a model of a published task', async () => {
    const made = await task();
    const id = await model({ task: made });
    await api.ok('tasks.publish', { task: made, force: true });
    expect((await api.call('models.delete', { model: id })).code).toBe('400/206');
    const { succeeded, failed } = await api.ok('models.delete_many', { ids: [unknown, id], force: true });
    expect([succeeded, failed.length]).toEqual([[{ id, deleted: true, url: 'file:///m.bin' }], 1]);
  });

  it('answers clients before 2.13 without the address', async () => {
    expect(await api.ok('v2.12/models.delete', { model: await model() })).toEqual({ deleted: true });
  });
});

describe('many at once', () => {
  it('moves to a project by id, by name, and to none', async () => {
    const ids = [await model(), await model()];
    const { project_id: project } = await api.ok('models.move', { ids, project_name: 'models/moved/here' });
    expect((await get(ids[1] as string)).project).toBe(project);
    await api.ok('models.move', { ids, project: '' });
    expect((await get(ids[0] as string)).project).toBeUndefined();
    expect((await api.call('models.move', { ids })).code).toBe('400/11');
    expect((await api.call('models.move', { ids, project: unknown })).code).toBe('400/401');
  });

  it('adds and removes tags, in their order', async () => {
    const ids = [await model({ tags: ['b', 'a'] }), await model()];
    const request = { ids, add_tags: ['c', 'a'], remove_tags: ['b'] };
    expect(await api.ok('models.update_tags', request)).toEqual({ updated: 2 });
    expect([(await get(ids[0] as string)).tags, (await get(ids[1] as string)).tags]).toEqual([
      ['a', 'c'],
      ['c', 'a'],
    ]);
  });

  it('makes public, which fixes them, and private again', async () => {
    const id = await model();
    expect(await api.ok('models.make_public', { ids: [id] })).toEqual({ updated: 1 });
    expect(await api.ok('models.make_public', { ids: [id] })).toEqual({ updated: 0 });
    expect((await api.call('models.edit', { model: id, name: 'changed' })).code).toBe('403/21');
    expect((await api.ok('models.get_all_ex', { id: [id], allow_public: false })).models).toEqual([]);
    expect(await api.ok('models.make_private', { ids: [id] })).toEqual({ updated: 1 });
    await api.ok('models.edit', { model: id, name: 'changed' });
  });
});

describe('lists', () => {
  it('expand references, with what was asked of them', async () => {
    const project = (await api.ok('projects.create', { name: 'models/listed/inner' })).id;
    const made = await task();
    const id = await model({ project, task: made, labels: { a: 1, b: 2 } });
    const only_fields = ['name', 'project.name', 'task.name', 'user.name'];
    const { models } = await api.ok('models.get_all_ex', { id: [id], only_fields, include_stats: true });
    expect(models).toEqual([
      {
        id,
        name: 'a model',
        project: { id: project, name: 'models/listed/inner' },
        task: { id: made, name: 'a task' },
        user: expect.objectContaining({ id: api.installation.admin.userId }),
        stats: { labels_count: 2 },
      },
    ]);
    expect((await api.ok('models.get_by_id_ex', { id: [id] })).models[0].project).toEqual({ id: project });
    const [{ id: above }] = (await api.ok('projects.get_all', { name: '^models/listed$' })).projects;
    const below = await api.ok('models.get_all', { project: [above], include_subprojects: true });
    expect(below.models).toHaveLength(1);
    expect((await api.ok('models.get_all', { project: [above] })).models).toEqual([]);
    expect((await api.call('models.get_all', { only_fields: ['nonsense'] })).code).toBe('400/14');
  });

  it('name the frameworks of projects', async () => {
    const project = (await api.ok('projects.create', { name: 'models/frameworks' })).id;
    await model({ project, framework: 'ONNX' });
    await model({ project, framework: 'Keras' });
    await model({ project });
    expect(await api.ok('models.get_frameworks', { projects: [project] })).toEqual({
      frameworks: ['Keras', 'ONNX'],
    });
  });
});

describe('for a task', () => {
  it('the last output model is found', async () => {
    const made = await task();
    expect((await api.call('models.get_by_task_id', { task: made })).code).toBe('400/122');
    expect((await api.call('models.get_by_task_id', { task: unknown })).code).toBe('400/101');
    const id = await model();
    await api.ok('tasks.add_or_update_model', { task: made, name: 'out', model: id, type: 'output' });
    expect((await api.ok('models.get_by_task_id', { task: made })).model.id).toBe(id);
  });

  it('old SDKs make, update and replace its output model', async () => {
    const made = await task();
    const call = (request: object) => api.ok('v2.9/models.update_for_task', { task: made, ...request });
    const first = await call({ uri: 'file:///one', iteration: 5 });
    expect(first).toEqual({ id: expect.any(String), created: true });
    const second = await call({ uri: 'file:///two', comment: 'better' });
    expect(second).toMatchObject({
      id: first.id,
      created: false,
      updated: 1,
      fields: { uri: 'file:///two' },
    });
    expect(await get(first.id)).toMatchObject({ name: 'a task', uri: 'file:///two', task: made });
    const other = await model();
    expect(await call({ override_model_id: other })).toMatchObject({ id: other, created: false });
    const { task: found } = await api.ok('v2.9/tasks.get_by_id', { task: made });
    expect([found.output.model, found.last_iteration]).toEqual([other, 5]);
    const both = { task: made, uri: 'file:///x', override_model_id: other };
    expect((await api.call('models.update_for_task', both)).code).toBe('400/11');
    await api.ok('tasks.publish', { task: made, force: true });
    expect((await api.call('models.update_for_task', { task: made, uri: 'file:///x' })).code).toBe('400/110');
  });
});
