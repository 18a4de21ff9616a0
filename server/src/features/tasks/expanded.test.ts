import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';

let api: TestApi;
let project: string;
let parent: string;
let task: string;
let queue: string;
let model: string;

beforeAll(async () => {
  api = await createTestApi();
  project = (await api.ok('projects.create', { name: 'outer/inner' })).id;
  queue = (await api.ok('queues.create', { name: 'the queue', display_name: 'Shown' })).id;
  model = (await api.ok('models.create', { name: 'a model', uri: 'file:///m', framework: 'PyTorch' })).id;
  parent = (await api.ok('tasks.create', { name: 'parent', type: 'controller', project })).id;
  task = (
    await api.ok('tasks.create', {
      name: 'child',
      type: 'training',
      project,
      parent,
      models: { input: [{ name: 'in', model }], output: [] },
    })
  ).id;
  await api.ok('tasks.enqueue', { task, queue });
});
afterAll(() => api.close());

async function find(only_fields?: string[], path = 'tasks.get_all_ex') {
  const request = { id: [task], ...(only_fields && { only_fields }) };
  return (await api.ok(path, request)).tasks[0];
}

describe('an _ex list', () => {
  it('answers references as objects with their id', async () => {
    expect(await find()).toMatchObject({
      id: task,
      project: { id: project },
      parent: { id: parent },
      user: { id: api.installation.admin.userId },
      company: { id: api.installation.admin.company },
      execution: { queue: { id: queue } },
      models: { input: [{ name: 'in', model: { id: model } }] },
    });
  });

  it('answers the parts of references that are asked for', async () => {
    const asked = [
      'project.name',
      'user.name',
      'parent.name',
      'company.name',
      'execution.queue.name',
      'execution.queue.display_name',
      'models.input.model.name',
      'models.input.model.framework',
    ];
    expect(await find(asked)).toEqual({
      id: task,
      project: { id: project, name: 'outer/inner' },
      parent: { id: parent, name: 'parent' },
      user: { id: api.installation.admin.userId, name: api.installation.admin.userName },
      company: { id: api.installation.admin.company, name: api.installation.admin.companyName },
      execution: { queue: { id: queue, name: 'the queue', display_name: 'Shown' } },
      models: {
        input: [{ name: 'in', model: { id: model, name: 'a model', framework: 'PyTorch' } }],
      },
    });
  });

  it('leaves out a reference to nothing, and keeps the id of what is gone or not to be seen', async () => {
    const { id } = await api.ok('tasks.create', { name: 'alone', type: 'training' });
    const models = { input: [{ name: 'in', model: 'f'.repeat(32) }], output: [] };
    await api.ok('tasks.edit', { task: id, models });
    const only_fields = ['parent.name', 'project.name', 'models.input.model.name'];
    const { tasks } = await api.ok('tasks.get_all_ex', { id: [id], only_fields });
    expect(tasks).toEqual([{ id, models: { input: [{ name: 'in', model: { id: 'f'.repeat(32) } }] } }]);
  });

  it.each(['2.1', '2.13', '2.14', '2.15', '2.23', '2.27', '999.0'])('speaks version %s', async (version) => {
    const path = `v${version}/tasks.get_all_ex`;
    expect(await find(['name', 'project.name'], path)).toMatchObject({
      name: 'child',
      project: { id: project, name: 'outer/inner' },
    });
  });

  it('is answered for ids by get_by_id_ex too', async () => {
    expect(await find(['project.name'], 'v2.11/tasks.get_by_id_ex')).toMatchObject({
      id: task,
      project: { id: project, name: 'outer/inner' },
    });
  });
});

describe('numbers of a task', () => {
  it('active_duration grows while a task runs, and stays when it has ended', async () => {
    const { id } = await api.ok('tasks.create', { name: 'long one', type: 'training' });
    const duration = async () =>
      (await api.ok('tasks.get_all', { id: [id], only_fields: ['active_duration'] })).tasks[0]
        .active_duration;
    expect(await duration()).toBeUndefined();
    await api.ok('tasks.started', { task: id });
    const started = new Date(Date.now() - 90_000);
    await api.database.db.updateTable('tasks').set({ started }).where('id', '=', id).execute();
    await api.ok('tasks.ping', { task: id });
    expect(await duration()).toBeGreaterThanOrEqual(90);
    expect((await api.ok('tasks.get_all', { id: [id], active_duration: [80, 1000] })).tasks).toHaveLength(1);
    expect((await api.ok('tasks.get_all', { id: [id], active_duration: [null, 80] })).tasks).toEqual([]);
    await api.ok('tasks.stopped', { task: id });
    const ended = await duration();
    await api.database.db
      .updateTable('tasks')
      .set({ started: new Date(0) })
      .where('id', '=', id)
      .execute();
    await api.ok('tasks.completed', { task: id });
    expect(await duration()).toBe(ended);
  });

  it('a scroll that is refreshed answers all it has answered so far', async () => {
    const request = { name: '^(parent|child|alone)$', order_by: ['name'], size: 1, only_fields: ['name'] };
    const page = async (more: object) => {
      const { tasks, scroll_id } = await api.ok('tasks.get_all_ex', { ...request, ...more });
      return { names: tasks.map(({ name }: { name: string }) => name), scroll_id };
    };
    const first = await page({});
    const second = await page({ scroll_id: first.scroll_id });
    expect([...first.names, ...second.names]).toEqual(['alone', 'child']);
    const refreshed = await page({ scroll_id: second.scroll_id, refresh_scroll: true });
    expect(refreshed.names).toEqual(['alone', 'child']);
    expect((await page({ scroll_id: refreshed.scroll_id })).names).toEqual(['parent']);
  });
});
