import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import type { Scope } from '../../clearml/endpoint.ts';
import { pipelined } from '../../platform/pipeline.ts';
import { cloneTask, selectCloneSource } from '../tasks/index.ts';
import { enqueueTask, insertQueuedClones, queuedClone } from './index.ts';

let api: TestApi;
let scope: Scope;
let source: string;
let queueId: string;
beforeAll(async () => {
  api = await createTestApi();
  scope = { db: api.database.db, caller: api.installation.admin, now: new Date() };
  const project = (await api.ok('projects.create', { name: 'forecasts', description: '' })).id;
  queueId = (await api.ok('queues.create', { name: 'clones' })).id;
  const content = {
    ...{ name: 'template', type: 'inference', project, comment: 'By the month.', tags: ['stable'] },
    system_tags: ['development', 'kept'],
    script: { repository: 'git@lab', entry_point: 'forecast.py', diff: 'ü\n"\\' },
    execution: { parameters: {}, model_labels: { car: 1 }, queue: queueId },
    container: { image: 'python:3.12', arguments: '--ipc=host' },
    hyperparams: { General: { hours: { section: 'General', name: 'hours', value: '1', type: 'int' } } },
    configuration: { net: { name: 'net', value: 'depth: 3', type: 'yaml' } },
    output_dest: 's3://bucket',
  };
  source = (await api.ok('tasks.create', content)).id;
  const artifact = { key: 'labels', type: 'json', mode: 'input', uri: 's3://bucket/labels' };
  await api.ok('tasks.add_or_update_artifacts', { task: source, artifacts: [artifact] });
});
afterAll(() => api.close());

const row = (id: string) =>
  api.database.db.selectFrom('tasks').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
const entry = (id: string) =>
  api.database.db.selectFrom('queue_entries').selectAll().where('task_id', '=', id).executeTakeFirstOrThrow();

it('is what a clone is that was enqueued', async () => {
  const overrides = { name: 'clone', comment: 'called', tags: ['stable', 'called'] };
  const how = { queueId, isUrgent: true, reason: 'called' };
  const drafted = await cloneTask(scope, source, overrides);
  await enqueueTask(scope, drafted.id, how);
  const template = await selectCloneSource(scope, source).executeTakeFirstOrThrow();
  const clone = queuedClone(scope, template, overrides, how);
  await pipelined(scope.db, insertQueuedClones([clone]));
  const [one, other] = [await row(drafted.id), await row(clone.id)];
  expect({ ...other, id: one.id }).toEqual(one);
  const [first, second] = [await entry(drafted.id), await entry(clone.id)];
  expect(second.position).toBeGreaterThan(first.position);
  expect({ ...second, task_id: first.task_id, position: first.position }).toEqual(first);
});

it('takes overrides as a draft does, and keeps the given order', async () => {
  const template = await selectCloneSource(scope, source).executeTakeFirstOrThrow();
  const how = { queueId, isUrgent: false, reason: 'called' };
  const overrides = { hyperparams: {}, container: { image: 'other' }, execution: { model_labels: {} } };
  const clones = [1, 2, 3].map(() => queuedClone(scope, template, overrides, how));
  await pipelined(scope.db, insertQueuedClones(clones));
  const { entries } = (await api.ok('queues.get_by_id', { queue: queueId })).queue;
  expect(entries.slice(-3).map(({ task }: { task: string }) => task)).toEqual(clones.map(({ id }) => id));
  expect(await row(clones[0]?.id ?? '')).toMatchObject({
    ...{ hyperparams: {}, container: { image: 'other' }, status: 'queued', enqueue_status: 'created' },
    execution: { model_labels: {}, queue: queueId },
  });
});

it('refuses a name that is too short', async () => {
  const template = await selectCloneSource(scope, source).executeTakeFirstOrThrow();
  const how = { queueId, isUrgent: false, reason: 'called' };
  expect(() => queuedClone(scope, template, { name: ' x ' }, how)).toThrow('name');
});
