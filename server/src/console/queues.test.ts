import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { ensureQueue } from '../features/queues/index.ts';
import { createTask } from '../features/tasks/index.ts';

let console: TestConsole;
beforeAll(async () => {
  console = await createTestConsole();
});
afterAll(() => console.close());

const made = async (name: string): Promise<string> =>
  (await console.call('POST', 'queues', { name })).body.id;
const entry = async (method: string, path: string, body?: object) => {
  const answer = await console.call(method, `queues/${path}`, body);
  return { status: answer.status, body: answer.body, error: answer.body?.error };
};
const newTask = (name = 'waiting') => createTask(console.scope(), { name, type: 'training' });
const audit = async (subject: string) =>
  console.database.db
    .selectFrom('audit_entries')
    .select(['action', 'subject_name as name', 'before', 'after'])
    .where('subject', '=', subject)
    .orderBy('id')
    .execute();

describe('queues', () => {
  test('are listed with what waits in them, and every installation has a default one', async () => {
    const { items } = (await console.call('GET', 'queues')).body;
    const byName = new Map(items.map((item: { name: string }) => [item.name, item]));
    expect(byName.get('default')).toMatchObject({ is_default: true, depth: 0, workers: 0 });
    expect(byName.get('services')).toMatchObject({ is_default: false });
    expect(byName.get('default')).not.toHaveProperty('oldest');
  });

  test('are made, changed and deleted, and each change is written down', async () => {
    const id = await made('  new one ');
    const fresh = { id, name: 'new one', depth: 0, requeue_lost: false, served_by: [], mappings: [] };
    expect((await entry('GET', id)).body).toMatchObject(fresh);
    const changed = await entry('PATCH', id, { name: 'another', requeue_lost: true });
    expect(changed.body).toMatchObject({ name: 'another', requeue_lost: true });
    expect((await entry('PATCH', id, { requeue_lost: false })).body).toMatchObject({ requeue_lost: false });
    await entry('PATCH', id, { name: 'another' });
    expect((await entry('DELETE', id)).status).toBe(204);
    expect((await entry('GET', id)).error.code).toBe('not_found');
    expect(await audit('queue')).toMatchObject([
      { action: 'create', name: 'new one', after: { name: 'new one' } },
      {
        action: 'update',
        before: { name: 'new one', requeue_lost: false },
        after: { name: 'another', requeue_lost: true },
      },
      { action: 'update', before: { requeue_lost: true }, after: { requeue_lost: false } },
      { action: 'delete', name: 'another', before: { waiting: 0, mappings: [] } },
    ]);
  });

  test.each([
    [{ name: 'ab' }, 'invalid_field', 'name'],
    [{ name: ' a  ' }, 'invalid_field', 'name'],
    [{ name: 'default' }, 'conflict', 'name'],
    [{ name: 'fine', colour: 'red' }, 'invalid_field', 'colour'],
    [{}, 'invalid_field', 'name'],
  ])('%j is refused', async (body, code, field) => {
    expect((await console.call('POST', 'queues', body)).body.error).toMatchObject({ code, field });
  });

  test('take the mappings that name them along when they are renamed', async () => {
    const id = await made('gpu');
    await made('cpu');
    const [first, second] = [await newTask('first'), await newTask('second')];
    const one = { task_id: first, default_queue: 'gpu', alias: 'one' };
    const two = { task_id: second, default_queue: 'cpu', queues: ['cpu', 'gpu'], alias: 'two' };
    for (const mapping of [one, two])
      expect((await console.call('POST', 'task-mappings', mapping)).status).toBe(201);
    const { mappings } = (await entry('PATCH', id, { name: 'gpu-a100' })).body;
    expect(mappings).toMatchObject([
      { alias: 'one', default: true },
      { alias: 'two', default: false },
    ]);
    const { items } = (await console.call('GET', 'task-mappings')).body;
    const queuesOf = new Map(
      items.map((item: { alias: string; default_queue: string; queues: string[] | null }) => [
        item.alias,
        [item.default_queue, item.queues],
      ]),
    );
    expect([queuesOf.get('one'), queuesOf.get('two')]).toEqual([
      ['gpu-a100', null],
      ['cpu', ['cpu', 'gpu-a100']],
    ]);
    expect((await audit('task_mapping')).filter(({ action }) => action === 'update')).toHaveLength(2);
  });

  test('with tasks are deleted only with force, and then the tasks are what they were before', async () => {
    const id = await made('to be deleted');
    const task = await newTask();
    await console.call('POST', `queues/${id}/entries/restore`, { task_ids: [task] });
    expect((await entry('DELETE', id)).error).toMatchObject({ code: 'conflict', field: 'force' });
    expect((await entry('DELETE', `${id}?force=true`)).status).toBe(204);
    const row = await console.database.db
      .selectFrom('tasks')
      .select('status')
      .where('id', '=', task)
      .executeTakeFirst();
    expect(row?.status).toBe('created');
  });

  test('are paused and go on, and say who paused them', async () => {
    const id = await made('to be paused');
    const paused = await entry('POST', `${id}/pause`);
    expect(paused.body.paused).toEqual({ at: expect.any(String), by: console.admin.userName });
    // Said twice, it was paused the first time.
    expect((await entry('POST', `${id}/pause`)).body.paused).toEqual(paused.body.paused);
    expect((await entry('POST', `${id}/resume`)).body).not.toHaveProperty('paused');
    const changes = (await audit('queue')).filter(({ name }) => name === 'to be paused').slice(1);
    expect(changes).toMatchObject([
      { before: { paused: false }, after: { paused: true } },
      { before: { paused: true }, after: { paused: false } },
    ]);
  });
});

describe('rights', () => {
  test('developers read, admins change, users do neither, and another company has queues of its own', async () => {
    const id = await made('of admins');
    const [developer, user] = [await console.personOf('developer'), await console.personOf('user')];
    const as = async (headers: Record<string, string>, method: string, path: string, body?: object) =>
      (await console.call(method, path, body, headers)).status;
    for (const path of ['queues', `queues/${id}`, `queues/${id}/entries`]) {
      expect([await as(developer.headers, 'GET', path), await as(user.headers, 'GET', path)]).toEqual([
        200, 403,
      ]);
    }
    const changes: [string, string, object?][] = [
      ['POST', 'queues', { name: 'mine' }],
      ['PATCH', `queues/${id}`, { name: 'mine' }],
      ['DELETE', `queues/${id}`],
      ['POST', `queues/${id}/pause`],
      ['POST', `queues/${id}/resume`],
      ['POST', `queues/${id}/entries/place`, { task_ids: ['x'], to: 'front' }],
      ['POST', `queues/${id}/entries/transfer`, { task_ids: ['x'], queue_id: id }],
      ['POST', `queues/${id}/entries/remove`, { task_ids: ['x'] }],
      ['POST', `queues/${id}/entries/restore`, { task_ids: ['x'] }],
    ];
    for (const [method, path, body] of changes)
      expect(await as(developer.headers, method, path, body)).toBe(403);

    const elsewhere = { ...console.scope(), caller: { ...console.admin, company: 'another' } };
    await console.database.db.insertInto('companies').values({ id: 'another', name: 'another' }).execute();
    const foreign = await ensureQueue(elsewhere, 'foreign');
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/entries'],
      ['POST', '/pause'],
      ['DELETE', ''],
    ] as const)
      expect((await entry(method, foreign.id + path)).error?.code).toBe('not_found');
  });

  test('where tasks live on another server there are no queues and no workers', async () => {
    const gateway = await createTestConsole({
      server: { tracking: { here: false, web: 'https://app.example' } },
    });
    for (const path of ['queues', 'workers'])
      expect((await gateway.call('GET', path)).body.error.code).toBe('not_found');
    expect((await gateway.call('GET', 'me')).body.server).toMatchObject({
      tracking: { here: false, web: 'https://app.example' },
    });
    await gateway.close();
  });
});
