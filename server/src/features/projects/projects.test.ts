import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

const names = async (request: object) =>
  (await api.ok('projects.get_all', { order_by: ['name'], ...request })).projects.map(
    (project: { name: string }) => project.name,
  );

it('makes the parents of a project, with its properties', async () => {
  const { id } = await api.ok('projects.create', { name: ' a / b//c/', system_tags: ['hidden'] });
  const { project } = await api.ok('projects.get_by_id', { project: id });
  expect(project).toMatchObject({ name: 'a/b/c', basename: 'c', system_tags: ['hidden'] });
  expect(project.path).toHaveLength(2);
  expect(await names({ name: '^a' })).toEqual([]);
  expect(await names({ name: '^a', search_hidden: true })).toEqual(['a', 'a/b', 'a/b/c']);
});

it('refuses a taken name, an empty one, and more than ten levels', async () => {
  await api.ok('projects.create', { name: 'taken' });
  expect((await api.call('projects.create', { name: 'taken' })).code).toBe('400/801');
  expect((await api.call('projects.create', { name: ' / ' })).code).toBe('400/407');
  expect((await api.call('projects.create', { name: Array(11).fill('x').join('/') })).code).toBe('400/409');
});

it('renames what lies below, and does not move', async () => {
  await api.ok('projects.create', { name: 'old/inner' });
  await api.ok('projects.create', { name: 'old-too' });
  const [{ id }] = (await api.ok('projects.get_all', { name: '^old$' })).projects;
  await api.ok('projects.update', { project: id, name: 'new', description: 'text' });
  expect(await names({ name: '^(old|new)' })).toEqual(['new', 'new/inner', 'old-too']);
  expect((await api.call('projects.update', { project: id, name: 'else/new' })).code).toBe('400/408');
  expect((await api.call('projects.update', { project: 'f'.repeat(32), name: 'x' })).code).toBe('400/401');
});

it('gives two who create one project at once the same project', async () => {
  const source = (await api.ok('tasks.create', { name: 'source', type: 'training' })).id;
  const clone = () => api.ok('tasks.clone', { task: source, new_project_name: 'at/once' });
  const answers = await Promise.all(Array.from({ length: 8 }, clone));
  expect(new Set(answers.map((answer) => answer.new_project.id)).size).toBe(1);
});
