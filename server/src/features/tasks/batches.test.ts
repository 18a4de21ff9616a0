import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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

async function run(id: string): Promise<void> {
  await api.ok('tasks.started', { task: id });
}

const unknown = {
  id: nobody,
  error: { codes: [400, 101], msg: `Invalid task id: id=${nobody}`, data: {} },
};

describe('a batch answers each task for itself:', () => {
  let id: string;
  beforeEach(async () => {
    id = await create();
  });

  it('reset_many', async () => {
    const other = await create();
    await api.ok('tasks.enqueue', { task: id });
    await run(other);
    await api.ok('tasks.publish', { task: other, force: true });
    const { succeeded, failed } = await api.ok('tasks.reset_many', { ids: [id, other, nobody] });
    expect(succeeded).toMatchObject([{ id, updated: 1, dequeued: true, deleted_models: 0 }]);
    expect(failed[0].error).toMatchObject({ codes: [400, 110], data: { current_status: 'published' } });
    expect(failed[1]).toEqual(unknown);
    expect([(await get(id)).status, (await get(other)).status]).toEqual(['created', 'published']);
  });

  it('delete_many', async () => {
    const running = await create();
    await run(running);
    const { succeeded, failed } = await api.ok('tasks.delete_many', { ids: [id, running] });
    expect(succeeded).toMatchObject([{ id, deleted: true, updated_children: 0 }]);
    expect(failed).toMatchObject([{ id: running, error: { codes: [400, 123] } }]);
    expect((await api.call('tasks.get_by_id', { task: id })).code).toBe('400/101');
  });

  it('stop_many and publish_many', async () => {
    await run(id);
    const draft = await create();
    const stopped = await api.ok('tasks.stop_many', { ids: [id, draft], status_reason: 'enough' });
    expect(stopped.succeeded).toMatchObject([
      { id, updated: 1, fields: { status: 'stopped', status_reason: 'enough' } },
    ]);
    expect(stopped.failed).toMatchObject([
      { id: draft, error: { codes: [400, 121], data: { current_status: 'created', new_status: 'stopped' } } },
    ]);
    const published = await api.ok('tasks.publish_many', { ids: [id, draft] });
    expect(published.succeeded).toMatchObject([{ id, fields: { status: 'published' } }]);
    expect(published.failed).toMatchObject([{ id: draft, error: { codes: [400, 121] } }]);
  });

  it('archive_many and unarchive_many, and archive of all or none', async () => {
    const archived = await api.ok('tasks.archive_many', { ids: [id, nobody], status_message: 'old' });
    expect(archived).toEqual({ succeeded: [{ id, archived: true }], failed: [unknown] });
    expect(await get(id)).toMatchObject({ system_tags: ['archived'], status_message: 'old' });
    const back = await api.ok('tasks.unarchive_many', { ids: [id] });
    expect(back.succeeded).toEqual([{ id, unarchived: true }]);
    expect((await get(id)).system_tags).toEqual([]);
    expect((await api.call('tasks.archive', { tasks: [id, nobody] })).code).toBe('400/101');
    expect((await get(id)).system_tags).toEqual([]);
    expect(await api.ok('tasks.archive', { tasks: [id] })).toEqual({ archived: 1 });
  });
});

describe('archiving', () => {
  it('takes a task from its queue, and stops a running one', async () => {
    const [queued, running] = [await create(), await create()];
    await api.ok('tasks.enqueue', { task: queued });
    await run(running);
    await api.ok('tasks.archive', { tasks: [queued, running] });
    expect((await get(queued)).status).toBe('created');
    expect((await get(queued)).execution).not.toHaveProperty('queue');
    expect(await get(running)).toMatchObject({ status: 'stopped', active_duration: expect.any(Number) });
    const { id: queue } = await api.ok('queues.get_default');
    expect((await api.ok('queues.get_num_entries', { queue })).num).toBe(0);
  });
});

describe('the steps of a pipeline', () => {
  let controller: string;
  let steps: string[];
  let nested: string;
  beforeEach(async () => {
    controller = await create({ type: 'controller', system_tags: ['pipeline'] });
    steps = [await create({ parent: controller }), await create({ parent: controller })];
    nested = await create({ parent: controller, type: 'controller' });
    for (const id of [controller, ...steps]) await run(id);
    await api.ok('tasks.completed', { task: steps[1] });
  });
  const statuses = () => Promise.all([controller, ...steps].map(async (id) => (await get(id)).status));

  it('are stopped with it as far as they run, when asked', async () => {
    await api.ok('tasks.stop', { task: controller });
    expect(await statuses()).toEqual(['stopped', 'in_progress', 'completed']);
    await run(controller);
    await api.ok('tasks.stop', { task: controller, include_pipeline_steps: true });
    expect(await statuses()).toEqual(['stopped', 'stopped', 'completed']);
  });

  it('are archived and unarchived with it', async () => {
    const request = { ids: [controller], include_pipeline_steps: true };
    await api.ok('tasks.archive_many', request);
    expect((await get(steps[0] as string)).system_tags).toEqual(['archived']);
    expect((await get(nested)).system_tags).toEqual([]);
    await api.ok('tasks.unarchive_many', request);
    expect((await get(steps[0] as string)).system_tags).toEqual([]);
  });

  it('are deleted with it, and older versions do not know them', async () => {
    const request = { task: controller, force: true, include_pipeline_steps: true };
    const deleted = await api.ok('tasks.delete', { ...request, return_file_urls: true });
    expect(deleted).toMatchObject({ deleted: true, updated_children: 1, urls: { artifact_urls: [] } });
    expect((await api.call('tasks.get_by_id', { task: steps[0] })).code).toBe('400/101');
    expect((await get(nested)).parent).toBe(`__DELETED__${controller}`);
  });

  it('stay when an older version is spoken', async () => {
    await api.ok('v2.21/tasks.delete', { task: controller, force: true, include_pipeline_steps: true });
    expect((await get(steps[0] as string)).parent).toBe(`__DELETED__${controller}`);
  });
});
