import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { newId } from '../../platform/ids.ts';

let api: TestApi;

beforeAll(async () => {
  api = await createTestApi();
});

afterAll(() => api.close());

const find = async (request: object) => (await api.ok('reports.get_all_ex', request)).tasks;

test('a report lies in the hidden folder of its project, or in that at the top', async () => {
  const project = (await api.ok('projects.create', { name: 'Vision' })).id;
  const content = { report: '# Results', report_assets: ['http://f/a.png'], tags: ['weekly'], comment: 'c' };
  const { id, project_id } = await api.ok('reports.create', { name: 'Week 1', project, ...content });
  const asked = {
    id: [id],
    only_fields: ['name', 'project.name', 'report', 'report_assets', 'status', 'system_tags'],
  };
  expect(await find(asked)).toEqual([
    {
      id,
      name: 'Week 1',
      project: { id: project_id, name: 'Vision/.reports' },
      report: '# Results',
      report_assets: ['http://f/a.png'],
      status: 'created',
      system_tags: ['reports'],
    },
  ]);
  const folder = await api.ok('projects.get_by_id', { project: project_id });
  expect(folder.project).toMatchObject({ parent: project, system_tags: ['reports', 'hidden'] });
  expect((await api.ok('reports.create', { name: 'Week 2', project })).project_id).toBe(project_id);
  const loose = await api.ok('reports.create', { name: 'Loose' });
  expect((await api.ok('projects.get_by_id', { project: loose.project_id })).project.name).toBe('.reports');
  expect(await find({ project: [project] })).toHaveLength(2);
  expect(await find({ project: [loose.project_id] })).toMatchObject([{ id: loose.id }]);
  expect((await api.call('reports.create', { name: 'X y', project: newId() })).code).toBe('400/401');
  expect((await api.call('reports.create', { name: 'ab' })).code).toBe('400/12');
});

test('reports are found by text, tag, status and subproject', async () => {
  const top = (await api.ok('projects.create', { name: newId() })).id;
  const below = (await api.ok('projects.create', { name: `${newId()}/below` })).id;
  const [one] = [(await api.ok('reports.create', { name: 'Alpha', project: top, tags: ['red'] })).id];
  const two = (await api.ok('reports.create', { name: 'Beta', project: below, report: 'loss falls' })).id;
  expect(await find({ name: '^Alp' })).toMatchObject([{ id: one }]);
  expect(await find({ _any_: { fields: ['report'], pattern: 'LOSS' } })).toMatchObject([{ id: two }]);
  expect(await find({ tags: ['red'] })).toMatchObject([{ id: one }]);
  const { parent } = (await api.ok('projects.get_by_id', { project: below })).project;
  expect(await find({ project: [parent] })).toEqual([]);
  expect(await find({ project: [parent], include_subprojects: true })).toMatchObject([{ id: two }]);
  expect(await find({ status: ['published'] })).toEqual([]);
  const task = (await api.ok('tasks.create', { name: 'no report', type: 'training', tags: ['blue'] })).id;
  expect(await find({ id: [task] })).toEqual([]);
  const tags = (await api.ok('reports.get_tags')).tags;
  expect(tags).toContain('red');
  expect(tags).not.toContain('blue');
});

test('a draft is edited, a published one stays as it is', async () => {
  const { id: task } = await api.ok('reports.create', { name: 'Draft' });
  const answer = await api.ok('reports.update', { task, name: 'Final', report: 'text', tags: ['a'] });
  expect(answer).toMatchObject({ updated: 1, fields: { name: 'Final', report: 'text', tags: ['a'] } });
  expect(await api.ok('reports.update', { task })).toEqual({ updated: 0, fields: {} });
  const published = await api.ok('reports.publish', { task, comment: 'done' });
  expect(published).toMatchObject({ updated: 1, fields: { status: 'published', status_message: 'done' } });
  expect(await api.ok('reports.publish', { task })).toEqual({ updated: 0, fields: {} });
  expect((await api.call('reports.update', { task, report: 'other' })).code).toBe('400/110');
  expect((await api.ok('reports.update', { task, tags: ['b'] })).updated).toBe(1);
  expect(await find({ id: [task], status: ['published'] })).toMatchObject([{ report: 'text', tags: ['b'] }]);
});

test('a report is moved, archived and deleted', async () => {
  const { id: task } = await api.ok('reports.create', { name: 'Moving' });
  const { project_id } = await api.ok('reports.move', { task, project_name: 'Target/sub' });
  expect((await api.ok('projects.get_by_id', { project: project_id })).project.name).toBe(
    'Target/sub/.reports',
  );
  expect((await api.ok('reports.move', { task, project: project_id })).project_id).toBe(project_id);
  await api.ok('reports.publish', { task });
  expect(await api.ok('reports.archive', { task, comment: 'old' })).toEqual({ archived: 1 });
  expect(await api.ok('reports.archive', { task })).toEqual({ archived: 0 });
  expect(await api.ok('reports.unarchive', { task })).toEqual({ unarchived: 1 });
  expect(await api.ok('reports.unarchive', { task })).toEqual({ unarchived: 0 });
  expect((await api.call('reports.delete', { task })).code).toBe('400/123');
  expect(await api.ok('reports.delete', { task, force: true })).toEqual({ deleted: 1 });
  expect((await api.call('reports.delete', { task })).code).toBe('400/101');
});

test.each(['update', 'move', 'publish', 'archive', 'unarchive', 'delete'])(
  'reports.%s takes reports only',
  async (action) => {
    const { id: task } = await api.ok('tasks.create', { name: 'training', type: 'training' });
    const request = { task, name: 'New name', project_name: 'Any' };
    expect((await api.call(`reports.${action}`, request)).code).toBe('400/150');
    expect((await api.call(`reports.${action}`, { ...request, task: newId() })).code).toBe('400/101');
  },
);

test('a report gets the events of the tasks it shows', async () => {
  const create = async (name: string) => (await api.ok('tasks.create', { name, type: 'training' })).id;
  const [first, second] = [await create('first'), await create('second')];
  const singleValue = -(2 ** 31);
  for (const task of [first, second]) {
    const loss = { task, metric: 'loss', variant: 'train' };
    await api.ok('events.add_batch', [
      { ...loss, type: 'training_stats_scalar', iter: 0, value: 1 },
      { ...loss, type: 'training_stats_scalar', iter: 1, value: 0.5 },
      { ...loss, type: 'training_stats_scalar', iter: singleValue, metric: 'Summary', value: 7 },
      { ...loss, type: 'plot', iter: 1, plot_str: '{}' },
      { ...loss, type: 'training_debug_image', iter: 1, key: 'k', url: 'http://f/i.png' },
    ]);
  }
  const asked = { plots: {}, debug_images: {}, scalar_metrics_iter_histogram: {}, single_value_metrics: {} };
  const answer = await api.ok('reports.get_task_data', {
    id: [first, second],
    only_fields: ['name'],
    ...asked,
  });
  expect(answer.tasks).toHaveLength(2);
  expect(Object.keys(answer.plots.loss.train).sort()).toEqual([first, second].sort());
  expect(answer.plots.loss.train[first]['1']).toMatchObject({ name: 'first', plots: [{ plot_str: '{}' }] });
  expect(answer.scalar_metrics_iter_histogram.loss.train[second]).toMatchObject({
    name: 'second',
    y: [1, 0.5],
  });
  expect(answer.debug_images).toHaveLength(2);
  expect(answer.debug_images[0].iterations).toMatchObject([{ iter: 1, events: [{ url: 'http://f/i.png' }] }]);
  expect(answer.single_value_metrics[0].values).toMatchObject([{ metric: 'Summary', value: 7 }]);
  const few = await api.ok('reports.get_task_data', {
    id: [first],
    plots: { metrics: [{ metric: 'accuracy' }] },
    debug_images: { metrics: [{ metric: 'accuracy' }] },
  });
  expect(few.plots).toEqual({});
  expect(few.debug_images.flatMap(({ iterations }: { iterations: object[] }) => iterations)).toEqual([]);
  expect(await api.ok('reports.get_task_data', { id: [newId()], ...asked })).toEqual({ tasks: [] });
  expect(await api.ok('v2.23/reports.get_task_data', { id: [first] })).toMatchObject({
    tasks: [{ name: 'first' }],
  });
});
