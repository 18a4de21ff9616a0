import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { createTask } from '../features/tasks/index.ts';

let console: TestConsole;

beforeAll(async () => {
  console = await createTestConsole();
});

afterAll(() => console.close());

async function entries() {
  const { db } = console.database;
  const rows = await db.selectFrom('audit_entries').selectAll().orderBy('id').execute();
  await db.deleteFrom('audit_entries').execute();
  return rows.map(({ action, subject, subject_id, subject_name, user_id, before, after }) => ({
    ...{ action, subject, subject_id, subject_name, user_id, before, after },
  }));
}

test('every change of a mapping is in the audit list, with what differs and without secrets', async () => {
  const task_id = await createTask(console.scope(), { name: 'forecast', type: 'inference' });
  const made = (await console.call('POST', 'task-mappings', { task_id, default_queue: 'default' })).body;
  const path = `task-mappings/${made.id}`;
  const about = { subject: 'task_mapping', subject_id: made.id, user_id: console.admin.userId };
  const whole = {
    ...{ task_id, alias: 'forecast', default_queue: 'default', public_id: made.public_id },
    ...{ access: 'anyone', priority: 'normal' },
  };
  expect(await entries()).toEqual([
    { ...about, action: 'create', subject_name: 'forecast', before: null, after: whole },
  ]);

  await console.call('PATCH', path, { alias: 'other', calls_per_day: 10, description: '' });
  await console.call('PATCH', path, { alias: 'other' });
  expect(await entries()).toEqual([
    {
      ...{ ...about, action: 'update', subject_name: 'other' },
      before: { alias: 'forecast', calls_per_day: null },
      after: { alias: 'other', calls_per_day: 10 },
    },
  ]);

  const { id, key } = (await console.call('POST', `${path}/keys`, { name: 'Node-RED' })).body;
  const rotated = (await console.call('POST', `${path}/keys/${id}/rotate`, {})).body;
  await console.call('DELETE', `${path}/keys/${id}`);
  const secret = (await console.call('POST', `${path}/callback-secret`)).body.callback_secret;
  const ofKey = { ...about, subject: 'consumer_key', subject_name: 'Node-RED' };
  const state = { key: id, mapping: 'other', expires: null };
  const history = (await console.call('GET', `audit?subject_id=${made.id}`)).body.items;
  expect(history.map(({ action, subject }: Record<string, string>) => `${action} ${subject}`)).toEqual([
    ...['rotate callback_secret', 'revoke consumer_key', 'rotate consumer_key', 'create consumer_key'],
  ]);
  const changes = await entries();
  expect(changes).toEqual([
    { ...ofKey, action: 'create', before: null, after: state },
    { ...ofKey, action: 'rotate', before: null, after: state },
    { ...ofKey, action: 'revoke', before: state, after: null },
    {
      ...{ action: 'rotate', subject: 'callback_secret', subject_id: made.id, subject_name: 'other' },
      ...{ user_id: about.user_id, before: null, after: null },
    },
  ]);
  for (const hidden of [key, rotated.key, secret]) expect(JSON.stringify(changes)).not.toContain(hidden);

  const { audit_id } = (await console.call('DELETE', path)).body;
  await console.call('POST', `audit/${audit_id}/restore`);
  const after = { ...whole, alias: 'other', calls_per_day: 10 };
  const ends = await entries();
  expect(ends).toEqual([
    { ...about, action: 'delete', subject_name: 'other', before: after, after: null },
    { ...about, action: 'restore', subject_name: 'other', before: null, after },
  ]);
  expect(JSON.stringify(ends)).not.toContain(secret);
});

test('a change that is refused leaves no entry', async () => {
  const refused = await console.call('POST', 'task-mappings', {
    task_id: 'f'.repeat(32),
    default_queue: 'default',
  });
  expect(refused.status).toBe(400);
  expect(await entries()).toEqual([]);
});
