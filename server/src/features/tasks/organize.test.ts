import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const nobody = 'f'.repeat(32);

async function create(content: object = {}): Promise<string> {
  return (await api.ok('tasks.create', { name: 'a task', type: 'training', ...content })).id;
}

async function get(id: string) {
  return (await api.ok('tasks.get_by_id', { task: id })).task;
}

describe('moving tasks', () => {
  it('to a project by id or by name, which is made when missing', async () => {
    const ids = [await create(), await create()];
    const { project_id } = await api.ok('tasks.move', { ids, project_name: 'moved/here' });
    expect((await get(ids[1] as string)).project).toBe(project_id);
    expect((await api.ok('projects.get_by_id', { project: project_id })).project.name).toBe('moved/here');
    const project = (await api.ok('projects.create', { name: 'elsewhere' })).id;
    await api.ok('tasks.move', { ids: [ids[0]], project });
    expect((await get(ids[0] as string)).project).toBe(project);
    await api.ok('tasks.move', { ids: [ids[0]], project: '' });
    expect((await get(ids[0] as string)).project).toBeUndefined();
  });

  it.each([
    [{}, '400/11'],
    [{ project: nobody }, '400/401'],
    [{ project_name: 'not made', ids: [nobody] }, '400/101'],
  ])('with %j is refused with %s and changes nothing', async (request, code) => {
    const id = await create();
    expect((await api.call('tasks.move', { ids: [id], ...request })).code).toBe(code);
    expect((await get(id)).project).toBeUndefined();
    expect((await api.ok('projects.get_all', { name: '^not made$' })).projects).toEqual([]);
  });
});

describe('tags', () => {
  it('are added and removed on many tasks at once, in their order', async () => {
    const [a, b] = [await create({ tags: ['x', 'y'] }), await create({ tags: ['z'] })];
    const request = { ids: [a, b], add_tags: ['new', 'x'], remove_tags: ['y'] };
    expect(await api.ok('tasks.update_tags', request)).toEqual({ updated: 2 });
    expect((await get(a)).tags).toEqual(['x', 'new']);
    expect((await get(b)).tags).toEqual(['z', 'new', 'x']);
    expect((await api.call('tasks.update_tags', { ids: [a, nobody], add_tags: ['q'] })).code).toBe('400/101');
    expect((await get(a)).tags).toEqual(['x', 'new']);
  });
});

describe('a public task', () => {
  it('is fixed until its owner makes it private again; both may be said twice', async () => {
    const id = await create();
    for (let time = 0; time < 2; time++) await api.ok('tasks.make_public', { ids: [id] });
    expect((await get(id)).company ?? '').toBe('');
    expect((await api.call('tasks.edit', { task: id, comment: 'x' })).code).toBe('403/21');
    for (let time = 0; time < 2; time++) await api.ok('tasks.make_private', { ids: [id] });
    await api.ok('tasks.edit', { task: id, comment: 'x' });
    expect((await api.call('tasks.make_public', { ids: [id, nobody] })).code).toBe('400/101');
    expect((await get(id)).company).toBe(api.installation.admin.company);
  });
});

describe('an update', () => {
  it('changes a few fields in any status', async () => {
    const id = await create();
    await api.ok('tasks.started', { task: id });
    await api.ok('tasks.publish', { task: id, force: true });
    const update = {
      name: ' renamed ',
      comment: 'c',
      tags: ['t'],
      output__error: 'e',
      created: '2020-01-02',
    };
    const answer = await api.ok('tasks.update', { task: id, ...update, script: { branch: 'no' } });
    expect(answer).toMatchObject({ updated: 1, fields: { name: 'renamed' } });
    expect(await get(id)).toMatchObject({
      name: 'renamed',
      comment: 'c',
      tags: ['t'],
      output: { error: 'e' },
      created: '2020-01-02T00:00:00+00:00',
      status: 'published',
    });
    expect((await get(id)).script).toEqual({});
  });

  it('of nothing changes nothing', async () => {
    const id = await create();
    const before = await get(id);
    expect(await api.ok('tasks.update', { task: id })).toEqual({ updated: 0, fields: {} });
    expect(await get(id)).toEqual(before);
  });

  it('of many comes as JSON lines, all or none', async () => {
    const [a, b] = [await create(), await create()];
    const items = [
      { task: a, name: 'first' },
      { task: b, comment: 'second', tags: null },
    ];
    expect(await api.ok('tasks.update_batch', items)).toEqual({ updated: 1 });
    expect([(await get(a)).name, (await get(b)).comment]).toEqual(['first', 'second']);
    const refused = await api.call('tasks.update_batch', [
      { task: a, name: 'changed' },
      { task: b, tags: 1 },
    ]);
    expect([refused.code, refused.message]).toEqual(['400/18', expect.stringContaining('line 2: tags')]);
    expect((await get(a)).name).toBe('first');
    expect((await api.call('tasks.update_batch', [{ name: 'abc' }])).code).toBe('400/18');
  });
});

describe('configuration objects', () => {
  const names = async (id: string, request: object = {}) => {
    const { configurations } = await api.ok('tasks.get_configuration_names', { tasks: [id], ...request });
    return configurations[0].names;
  };

  it('are merged by name or replaced, listed in order, and deleted', async () => {
    const id = await create();
    const edit = (configuration: object[], more: object = {}) =>
      api.ok('tasks.edit_configuration', { task: id, configuration, ...more });
    await edit([
      { name: 'b', value: '2', type: 'json' },
      { name: 'a', value: '' },
    ]);
    await edit([{ name: 'c', value: '3' }]);
    expect(await names(id)).toEqual(['b', 'c']);
    expect(await names(id, { skip_empty: false })).toEqual(['a', 'b', 'c']);
    const { configurations } = await api.ok('tasks.get_configurations', { tasks: [id], names: ['b', 'x'] });
    expect(configurations).toEqual([{ task: id, configuration: [{ name: 'b', value: '2', type: 'json' }] }]);
    await edit([{ name: 'd', value: '4' }], { replace_configuration: true });
    expect(await names(id)).toEqual(['d']);
    await api.ok('tasks.delete_configuration', { task: id, configuration: ['d', 'unknown'] });
    expect(await names(id)).toEqual([]);
  });

  it('may change before a run, during one with force, and not after', async () => {
    const id = await create();
    const request = { task: id, configuration: [{ name: 'a', value: '1' }] };
    await api.ok('tasks.started', { task: id });
    expect((await api.call('tasks.edit_configuration', request)).code).toBe('400/110');
    await api.ok('tasks.edit_configuration', { ...request, force: true });
    await api.ok('tasks.completed', { task: id });
    expect((await api.call('tasks.edit_configuration', { ...request, force: true })).code).toBe('400/110');
    expect((await api.call('tasks.delete_configuration', { task: id, configuration: ['a'] })).code).toBe(
      '400/110',
    );
  });

  it('refuse an item without a name and an unknown task', async () => {
    const id = await create();
    const nameless = { task: id, configuration: [{ value: '1' }] };
    expect((await api.call('tasks.edit_configuration', nameless)).code).toBe('400/12');
    expect((await api.call('tasks.get_configurations', { tasks: [id, nobody] })).code).toBe('400/101');
  });
});

describe('models of a task', () => {
  it('are unlinked by name and direction', async () => {
    const id = await create();
    const model = (await api.ok('models.create', { name: 'a model', uri: 'file:///m' })).id;
    for (const [name, type] of [
      ['same', 'input'],
      ['same', 'output'],
      ['other', 'output'],
    ])
      await api.ok('tasks.add_or_update_model', { task: id, name, model, type });
    await api.ok('tasks.delete_models', { task: id, models: [{ name: 'same', type: 'output' }] });
    const { input, output } = (await get(id)).models;
    const named = (links: { name: string }[]) => links.map(({ name }) => name);
    expect([named(input), named(output)]).toEqual([['same'], ['other']]);
  });
});

describe('before a task is created', () => {
  it('validate says what is wrong with it', async () => {
    const content = { name: 'a task', type: 'training' };
    expect(await api.ok('tasks.validate', content)).toEqual({});
    expect((await api.call('tasks.validate', { ...content, name: 'ab' })).code).toBe('400/12');
    expect((await api.call('tasks.validate', { ...content, project: nobody })).code).toBe('400/401');
    expect((await api.call('tasks.validate', { ...content, parent: nobody })).code).toBe('400/101');
  });

  it('get_types lists the types in use, below a project too', async () => {
    const project = (await api.ok('projects.create', { name: 'typed' })).id;
    const inside = (await api.ok('projects.create', { name: 'typed/inside' })).id;
    await create({ type: 'testing', project });
    await create({ type: 'inference', project: inside });
    expect((await api.ok('tasks.get_types', { projects: [project] })).types).toEqual([
      'inference',
      'testing',
    ]);
    expect((await api.ok('tasks.get_types')).types).toContain('training');
  });
});
