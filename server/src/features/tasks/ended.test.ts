import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

type End = 'completed' | 'failed' | 'stopped' | 'close' | 'publish';

/** A task that a worker ran until just now, and how it ended. */
async function ended(...how: End[]): Promise<string> {
  const { id: task } = await api.ok('tasks.create', { name: 'ended', type: 'training' });
  await api.ok('tasks.started', { task });
  await api.ok('workers.status_report', { worker: 'host:0', task, timestamp: Date.now() });
  for (const end of how) await api.ok(`tasks.${end}`, { task });
  return task;
}

const stateOf = async (task: string) => {
  const found = (await api.ok('tasks.get_by_id', { task })).task;
  return `${found.status}: ${found.status_message}`;
};

describe('stopping', () => {
  it.each([
    ['completed', ['completed']],
    ['published', ['completed', 'publish']],
  ] as const)('a %s task is refused and changes nothing', async (status, how) => {
    const task = await ended(...how);
    expect((await api.call('tasks.stop', { task })).code).toBe('400/121');
    expect(await stateOf(task)).toBe(`${status}: `);
    const many = await api.ok('tasks.stop_many', { ids: [task] });
    expect(many).toMatchObject({ succeeded: [], failed: [{ id: task, error: { codes: [400, 121] } }] });
    await api.ok('tasks.stop', { task, force: true });
    expect(await stateOf(task)).toBe('stopped: Stopped by Administrator');
  });

  it.each([['failed'], ['stopped'], ['stopped', 'close']] as const)(
    'a task that is already %s makes it stopped',
    async (...how) => {
      const task = await ended(...how);
      await api.ok('tasks.stop', { task });
      expect(await stateOf(task)).toBe('stopped: Stopped by Administrator');
    },
  );

  it('a draft is refused', async () => {
    const { id: task } = await api.ok('tasks.create', { name: 'draft', type: 'training' });
    expect((await api.call('tasks.stop', { task })).code).toBe('400/121');
  });
});

describe('resetting', () => {
  it('a published task is refused without force', async () => {
    const task = await ended('completed', 'publish');
    expect((await api.call('tasks.reset', { task })).code).toBe('400/110');
    const many = await api.ok('tasks.reset_many', { ids: [task] });
    expect(many.failed).toMatchObject([{ id: task, error: { codes: [400, 110] } }]);
    expect(await stateOf(task)).toBe('published: ');
    await api.ok('tasks.reset', { task, force: true });
    expect(await stateOf(task)).toBe('created: reset');
  });

  it('any other task makes a draft of it, also while it runs', async () => {
    for (const how of [[], ['completed'], ['failed'], ['stopped', 'close']] as const) {
      const task = await ended(...how);
      await api.ok('tasks.reset', { task });
      expect(await stateOf(task)).toBe('created: reset');
    }
  });
});
