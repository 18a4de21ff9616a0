import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestGateway, type TestGateway } from '../../../test/gateway.ts';
import { createConsumerKey, createTaskMapping, updateTaskMapping } from '../../features/mappings/index.ts';
import { ensureProject } from '../../features/projects/index.ts';
import { ensureQueue } from '../../features/queues/index.ts';
import { createTask, findTask } from '../../features/tasks/index.ts';

let gateway: TestGateway;
let owner: Awaited<ReturnType<TestGateway['addUser']>>;
let templateId: string;
let mappingId: string;

beforeAll(async () => {
  gateway = await createTestGateway();
  owner = await gateway.addUser('developer');
  const template = { name: 'statistics', type: 'inference', comment: 'By the month.', tags: ['stable'] };
  templateId = await createTask(gateway.scope(owner.caller), template);
  for (const queue of ['fast', 'slow']) await ensureQueue(gateway.scope(), queue);
  mappingId = await createTaskMapping(gateway.scope(), { task_id: templateId, default_queue: 'default' });
});

afterAll(() => gateway.close());

const change = (changes: Parameters<typeof updateTaskMapping>[2]) =>
  updateTaskMapping(gateway.scope(), mappingId, changes);

async function call(body: object = {}, token = gateway.token) {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await gateway.post('/gateway/v1/tasks/statistics/calls', body, headers);
  // biome-ignore lint/suspicious/noExplicitAny: tests read single fields of answers.
  return { status: answer.status, body: (await answer.json()) as any };
}

async function cloneOf(callId: string) {
  const { db } = gateway.database;
  const row = await db.selectFrom('calls').selectAll().where('id', '=', callId).executeTakeFirstOrThrow();
  const clone = await findTask(gateway.scope(), row.clone_id ?? '');
  if (!clone) throw new Error('no clone');
  return { row, clone };
}

test('a clone belongs to the owner of the template, and says who called', async () => {
  const caller = await gateway.addUser('user');
  const { row, clone } = await cloneOf((await call({}, caller.token)).body.call_id);
  expect(clone).toMatchObject({ user_id: owner.caller.userId, last_changed_by: owner.caller.userId });
  const { name } = await gateway.database.db
    .selectFrom('users')
    .select('name')
    .where('id', '=', caller.caller.userId)
    .executeTakeFirstOrThrow();
  expect(clone.comment).toBe(`By the month.\n\nCalled through the gateway by ${name} (call ${row.id})`);
  expect(row).toMatchObject({ user_id: caller.caller.userId, task_id: templateId });
});

test('a call with a consumer key is the key’s, its clone the template owner’s', async () => {
  const made = await createConsumerKey(
    gateway.scope(),
    { table: 'task_mappings', id: mappingId },
    { name: 'node-red' },
  );
  const { body } = await call({}, made?.key);
  const { row, clone } = await cloneOf(body.call_id);
  expect(clone.user_id).toBe(owner.caller.userId);
  expect(clone.comment).toContain('by the consumer key node-red');
  expect(row).toMatchObject({ user_id: null, key_id: made?.id });
  const document = await gateway.get(body.links.self, made?.key);
  expect(await document.json()).toMatchObject({ status: 'queued', last_iteration: 0 });
});

test.each<[string[] | null, string | undefined, string | RegExp]>([
  [null, 'fast', 'fast'],
  [null, undefined, 'default'],
  [null, 'nowhere', /unknown_queue/],
  [[], 'default', 'default'],
  [[], 'fast', /queue_not_allowed .*leave it out$/],
  [['fast'], 'fast', 'fast'],
  [['fast'], 'default', 'default'],
  [['fast'], 'slow', /queue_not_allowed .*choose one of default, fast$/],
  // Whether there is such a queue is not told.
  [['fast'], 'nowhere', /queue_not_allowed/],
])('of the queues %j a call may name %s: %s', async (queues, queue, expected) => {
  await change({ queues });
  const { status, body } = await call({ ...(queue !== undefined && { queue }) });
  if (typeof expected === 'string') {
    expect((await cloneOf(body.call_id)).row.queue).toBe(expected);
  } else {
    expect(status).toBe(body.error.code === 'unknown_queue' ? 400 : 403);
    expect(`${body.error.code} ${body.error.message}`).toMatch(expected);
  }
  await change({ queues: null });
});

test('the list of tasks says which queues may be named', async () => {
  await change({ queues: ['fast'], example: { hours: 1 }, input_schema: { type: 'object' } });
  const { tasks } = (await (await gateway.get('/gateway/v1/tasks')).json()) as { tasks: object[] };
  expect(tasks).toMatchObject([
    { queues: ['default', 'fast'], example: { hours: 1 }, input_schema: { type: 'object' } },
  ]);
  await change({ queues: null, example: null, input_schema: null });
});

test('a call of a mapping with priority goes before those without', async () => {
  const queue = 'slow';
  const normal = [(await call({ queue })).body, (await call({ queue })).body];
  await change({ priority: 'high' });
  const high = [(await call({ queue })).body, (await call({ queue })).body];
  await change({ priority: 'normal' });
  const positions = await Promise.all(
    [...high, ...normal].map(async ({ links }) => {
      const document = (await (await gateway.get(links.self)).json()) as { queue_position: number };
      return document.queue_position;
    }),
  );
  expect(positions).toEqual([0, 1, 2, 3]);
});

test('clones go to the project of the mapping, which is made when it is missing, with its tags', async () => {
  await change({ clone_project: 'Called/statistics', clone_tags: ['called', 'stable'] });
  const clones = await Promise.all([call(), call()]);
  const [one, other] = await Promise.all(clones.map(({ body }) => cloneOf(body.call_id)));
  expect(one?.clone.tags).toEqual(['stable', 'called']);
  expect(one?.clone.project).toBe(other?.clone.project);
  expect(one?.clone.project).toBe(await ensureProject(gateway.scope(owner.caller), 'Called/statistics'));
  await change({ clone_project: '', clone_tags: [] });
});

test('params that do not fit the schema are refused with the places, and those that fit are queued', async () => {
  const properties = { hours: { type: 'integer', minimum: 1 }, mode: { enum: ['fast', 'exact'] } };
  await change({ input_schema: { type: 'object', properties, required: ['hours'] } });
  const { status, body } = await call({ params: { hours: 0, mode: 'slow' } });
  const words = 'must be equal to one of the allowed values: ["fast","exact"]';
  expect([status, body.error]).toEqual([
    422,
    {
      code: 'invalid_params',
      message: `params do not fit the task: /mode ${words}; /hours must be >= 1`,
      faults: [
        { path: '/mode', message: words },
        { path: '/hours', message: 'must be >= 1' },
      ],
    },
  ]);
  expect(await gateway.lastCall()).toMatchObject({ error_code: 'invalid_params', mapping_id: mappingId });
  expect((await call()).body.error.faults).toEqual([
    { path: '', message: "must have required property 'hours'" },
  ]);
  expect((await call({ params: { hours: 2 } })).status).toBe(202);
  await change({ input_schema: null });
});
