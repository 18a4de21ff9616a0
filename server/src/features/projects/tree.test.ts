import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const unknown = 'f'.repeat(32);
const create = async (name: string): Promise<string> => (await api.ok('projects.create', { name })).id;
const get = async (id: string) => (await api.ok('projects.get_by_id', { project: id })).project;
const below = async (id: string): Promise<string[]> =>
  (await api.ok('projects.get_all', { parent: [id], order_by: ['name'] })).projects.map(
    ({ name }: { name: string }) => name,
  );

describe('a move', () => {
  it('takes all that lies below along, to a place it makes', async () => {
    const id = await create('here/it');
    const inner = await create('here/it/in 🚀/side');
    expect(await api.ok('projects.move', { project: id, new_location: 'there/deep' })).toEqual({ moved: 3 });
    const moved = await get(inner);
    expect(moved.name).toBe('there/deep/it/in 🚀/side');
    expect(moved.path.slice(2)).toEqual([id, moved.parent]);
    expect((await get(id)).path).toHaveLength(2);
    expect(await api.ok('projects.move', { project: id })).toEqual({ moved: 3 });
    expect(await get(id)).toMatchObject({ name: 'it', basename: 'it', path: [] });
    expect(await below(id)).toEqual(['it/in 🚀', 'it/in 🚀/side']);
  });

  it.each([
    ['to where it is', 'x', '400/410'],
    ['under itself', 'x/y', '400/411'],
    ['far below itself', 'x/y/z/w', '400/411'],
    ['below ten levels', '1/2/3/4/5/6/7/8', '400/409'],
    ['beside one of its name', 'other', '400/801'],
  ])('%s is refused', async (_what, new_location, code) => {
    const place = `refused ${code}${_what}`;
    const id = await create(`${place}/x/y`);
    await create(`${place}/x/y/z/w`);
    await create(`${place}/other/y`);
    const answer = await api.call('projects.move', { project: id, new_location: `${place}/${new_location}` });
    expect(answer.code).toBe(code);
    expect((await get(id)).name).toBe(`${place}/x/y`);
  });

  it('of nothing is refused', async () => {
    expect((await api.call('projects.move', { project: unknown, new_location: 'a' })).code).toBe('400/401');
  });

  it('and creations below it at once leave a sound tree', async () => {
    const id = await create('racing/one');
    const creations = Array.from({ length: 6 }, (_, index) =>
      api.call('projects.create', { name: `racing/one/child ${index}` }),
    );
    const moves = ['left', 'right'].map((name) =>
      api.call('projects.move', { project: id, new_location: name }),
    );
    await Promise.all([...creations, ...moves]);
    const { projects } = await api.ok('projects.get_all', { page_size: 500 });
    const byId = new Map(projects.map((project: { id: string }) => [project.id, project]));
    for (const project of projects) {
      const parent = byId.get(project.parent) as { name: string; path: string[]; id: string } | undefined;
      expect(project.name).toBe(parent ? `${parent.name}/${project.basename}` : project.basename);
      expect(project.path).toEqual(parent ? [...parent.path, parent.id] : []);
    }
  });
});

describe('a merge', () => {
  it('empties a project into another and removes it', async () => {
    const source = await create('merged');
    const child = await create('merged/child/grandchild');
    const target = await create('target');
    const { id: task } = await api.ok('tasks.create', { name: 'a task', type: 'training', project: source });
    await api.ok('models.create', { name: 'a model', uri: 'file:///m', project: source });
    const answer = await api.ok('projects.merge', { project: source, destination_project: target });
    expect(answer).toEqual({ moved_entities: 2, moved_projects: 2 });
    expect((await api.ok('tasks.get_by_id', { task })).task.project).toBe(target);
    expect((await get(child)).name).toBe('target/child/grandchild');
    expect((await api.call('projects.get_by_id', { project: source })).code).toBe('400/401');
  });

  it('without a destination leaves the contents at the top', async () => {
    const source = await create('dissolved');
    const child = await create('dissolved/freed');
    expect(await api.ok('projects.merge', { project: source })).toEqual({
      moved_entities: 0,
      moved_projects: 1,
    });
    expect(await get(child)).toMatchObject({ name: 'freed', path: [] });
  });

  it('into itself, a child, or nothing is refused', async () => {
    const source = await create('merging');
    const child = await create('merging/child');
    const merge = async (destination_project: string, project = source) =>
      (await api.call('projects.merge', { project, destination_project })).code;
    expect(await merge(source)).toBe('400/410');
    expect(await merge(child)).toBe('400/412');
    expect(await merge(unknown)).toBe('400/401');
    expect(await merge(source, unknown)).toBe('400/401');
  });
});

describe('public projects', () => {
  it('are read by all and changed by nobody', async () => {
    const id = await create('shown');
    expect(await api.ok('projects.make_public', { ids: [id] })).toEqual({ updated: 1 });
    expect((await api.call('projects.update', { project: id, description: 'x' })).code).toBe('403/21');
    expect((await api.call('projects.move', { project: id, new_location: 'x' })).code).toBe('403/21');
    expect((await api.call('projects.delete', { project: id, force: true })).code).toBe('403/21');
    const named = { name: '^shown$', non_public: true };
    expect((await api.ok('projects.get_all_ex', named)).projects).toEqual([]);
    const again = await create('shown');
    expect((await api.call('projects.make_public', { ids: [again] })).code).toBe('400/414');
    expect((await api.call('projects.make_public', { ids: [unknown] })).code).toBe('400/401');
    await api.ok('projects.delete', { project: again });
    expect(await api.ok('projects.make_private', { ids: [id] })).toEqual({ updated: 1 });
    expect(await api.ok('projects.make_private', { ids: [id] })).toEqual({ updated: 0 });
    await api.ok('projects.update', { project: id, description: 'x' });
  });
});
