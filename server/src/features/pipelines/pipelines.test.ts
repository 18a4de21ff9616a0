import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { nextRunName } from './runs.ts';

let api: TestApi;
let project: string;
let queue: string;
beforeAll(async () => {
  api = await createTestApi();
  project = (await api.ok('projects.create', { name: 'lab/.pipelines/train' })).id;
  queue = (await api.ok('queues.create', { name: 'pipelines' })).id;
});
afterAll(() => api.close());

async function create(content: object = {}): Promise<string> {
  return (await api.ok('tasks.create', { name: 'train', type: 'controller', project, ...content })).id;
}

async function get(id: string) {
  return (await api.ok('tasks.get_by_id', { task: id })).task;
}

describe('starting a pipeline', () => {
  it('queues a new run with its own arguments and the next number', async () => {
    const task = await create({
      hyperparams: {
        Args: { lr: { value: '1', type: 'float' }, epochs: { value: '2' } },
        pipeline: { x: { value: 'y' } },
      },
    });
    const request = { task, queue, args: [{ name: 'lr', value: '9' }], verify_watched_queue: true };
    const { pipeline, ...answer } = await api.ok('pipelines.start_pipeline', request);
    expect(answer).toEqual({ enqueued: true, queue_watched: false });
    const run = await get(pipeline);
    expect(run).toMatchObject({ name: 'train #2', status: 'queued', parent: task, project });
    expect(run.hyperparams).toMatchObject({
      Args: { lr: { value: '9', type: 'float' }, epochs: { value: '2' } },
      pipeline: { x: { value: 'y' } },
    });
    const again = await api.ok('pipelines.start_pipeline', { task: pipeline, queue });
    expect((await get(again.pipeline)).name).toBe('train #3');
    expect((await api.ok('queues.get_num_entries', { queue })).num).toBe(2);
  });

  it('of an unknown task or into an unknown queue leaves nothing', async () => {
    const nobody = 'f'.repeat(32);
    const before = (await api.ok('tasks.get_all', { project: [project] })).tasks.length;
    const task = await create();
    expect((await api.call('pipelines.start_pipeline', { task: nobody, queue })).code).toBe('400/101');
    expect((await api.call('pipelines.start_pipeline', { task, queue: nobody })).code).toBe('400/701');
    expect((await api.ok('tasks.get_all', { project: [project] })).tasks).toHaveLength(before + 1);
  });

  it.each([
    ['train', ['train'], 'train #2'],
    ['train #4', ['train', 'train #7', 'train again #9'], 'train #8'],
    ['a #x', [], 'a #x #2'],
  ])('names the run after %s among %j %s', (name, existing, expected) => {
    expect(nextRunName(name, existing)).toBe(expected);
  });
});

describe('deleting runs', () => {
  it('takes their steps along, and never all of a pipeline', async () => {
    const here = (await api.ok('projects.create', { name: 'lab/.pipelines/deleted' })).id;
    const [first, second] = [await create({ project: here }), await create({ project: here })];
    const step = await create({ project: here, type: 'training', parent: first });
    const stranger = await create();
    await api.ok('tasks.started', { task: first });
    const remove = (ids: string[]) => api.call('pipelines.delete_runs', { ids, project: here });
    expect((await remove([first, second])).code).toBe('400/160');
    const { data } = await remove([first, stranger]);
    expect(data.succeeded).toMatchObject([{ id: first, deleted: true }]);
    expect(data.failed).toMatchObject([{ id: stranger, error: { codes: [400, 101] } }]);
    for (const id of [first, step])
      expect((await api.call('tasks.get_by_id', { task: id })).code).toBe('400/101');
    expect((await remove([second])).code).toBe('400/160');
  });
});
