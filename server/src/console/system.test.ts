import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';
import { CallRetention } from '../features/system/index.ts';

let console: TestConsole;
const at = new Date('2026-01-02T03:04:05Z');
beforeAll(async () => {
  console = await createTestConsole({
    server: {
      secrets: ['the-password'],
      jobs: () => [
        { name: 'leases', everyMs: 10_000, runs: 0, failures: 0, isRunning: false, nextAt: at },
        {
          ...{ name: 'cleaning', everyMs: 1000, runs: 3, failures: 1, isRunning: true },
          last: { at, durationMs: 12, outcome: 'ok' },
          lastFailure: { at, error: 'cannot log in with the-password' },
        },
      ],
    },
  });
});
afterAll(() => console.close());
const get = async (path: string) => (await console.call('GET', path)).body;

describe('health', () => {
  test('tells of the process, its database, its jobs and what is kept how long', async () => {
    const health = await get('system/health');
    expect(health).toMatchObject({
      ...{ status: 'ok', parts: { database: 'ok' }, server: 0, machines: { total: 0, unwell: [] } },
      jobs: [
        { name: 'leases', runs: 0, running: false, next_at: at.toISOString() },
        {
          ...{ name: 'cleaning', every_ms: 1000, runs: 3, failures: 1, running: true },
          last: { at: at.toISOString(), duration_ms: 12, outcome: 'ok' },
          last_failure: { error: 'cannot log in with ***' },
        },
      ],
    });
    const { database, retention, file_deletions } = health;
    expect(database).toMatchObject({ embedded: true, migration: { name: expect.stringMatching(/\.sql$/) } });
    expect(database.version).toMatch(/^\d+/);
    expect(database.bytes).toBeGreaterThan(1_000_000);
    expect(database.connections.used).toBeGreaterThan(0);
    expect(database.connections.max).toBeGreaterThan(database.connections.used);
    expect(database.tables.length).toBeGreaterThan(5);
    expect(database.tables[0].bytes).toBeGreaterThanOrEqual(database.tables[1].bytes);
    expect(retention).toContainEqual({ what: 'calls', days: 90 });
    expect(file_deletions).toEqual({
      waiting: 0,
      deleted: 0,
      missing: 0,
      referenced: 0,
      refused: 0,
      foreign: 0,
      failed: 0,
    });
  });

  test('and settings are for administrators', async () => {
    const { headers } = await console.personOf('developer');
    for (const path of ['health', 'files', 'file-deletions', 'settings', 'support-bundle'])
      expect((await console.call('GET', `system/${path}`, undefined, headers)).status).toBe(403);
    const change = await console.call('PATCH', 'system/settings', { call_retention_days: 1 }, headers);
    expect(change.status).toBe(403);
  });
});

test('what became of the files of deleted tasks is listed, the newest first and page by page', async () => {
  const requested = new Date();
  const rows = Array.from({ length: 60 }, (_, index) => ({
    ...{
      company: console.admin.company,
      requested_by: console.admin.userId,
      requested_role: 'admin',
      owner: 'task',
    },
    ...{ url: `http://files/f${index}?sig=abc`, requested, due: requested },
    ...(index % 2 ? { outcome: 'refused', detail: 'not yours', finished: requested } : {}),
  }));
  await console.database.db.insertInto('file_deletions').values(rows).execute();
  await console.database.db
    .insertInto('file_deletions')
    .values({ ...rows[0], url: 'http://files/foreign', company: 'another' } as (typeof rows)[0])
    .execute();
  const first = await get('system/file-deletions');
  expect([first.items.length, first.items[0].url]).toEqual([50, 'http://files/f59']);
  expect(first.items[0]).toMatchObject({
    state: 'refused',
    detail: 'not yours',
    requested_by: console.admin.userName,
  });
  const second = await get(`system/file-deletions?before=${first.next}`);
  expect([second.items.length, second.next]).toEqual([10, undefined]);
  const waiting = await get('system/file-deletions?state=waiting');
  expect(waiting.items).toHaveLength(30);
  expect((await get('system/health')).file_deletions).toMatchObject({ waiting: 30, refused: 30 });
  expect((await get('system/file-deletions?state=nothing')).error).toMatchObject({ field: 'state' });
  expect((await get('system/file-deletions?before=1e30')).error).toMatchObject({ field: 'before' });
});

describe('how long calls are kept', () => {
  const set = async (call_retention_days: unknown) =>
    (await console.call('PATCH', 'system/settings', { call_retention_days })).body;

  test('is set for all servers, holds for the deletion, and goes back to the default', async () => {
    const retention = new CallRetention(console.database.db, { retentionDays: 90, retentionIsFixed: false });
    expect((await get('system/settings')).calls).toEqual({
      retention_days: 90,
      default_days: 90,
      source: 'default',
    });
    expect((await set(7)).calls).toEqual({ retention_days: 7, default_days: 90, source: 'console' });
    expect(await retention.days()).toBe(7);
    expect((await set(0)).calls).toMatchObject({ retention_days: 0 });
    expect((await get('system/health')).retention).toContainEqual({ what: 'calls' });
    expect((await set(null)).calls).toMatchObject({ retention_days: 90, source: 'default' });
    expect(await retention.days()).toBe(90);
    const entries = await console.database.db
      .selectFrom('audit_entries')
      .select(['before', 'after'])
      .where('subject', '=', 'setting')
      .orderBy('id')
      .execute();
    expect(entries.map(({ before, after }) => [before, after])).toEqual([
      [{ days: null }, { days: 7 }],
      [{ days: 7 }, { days: 0 }],
      [{ days: 0 }, { days: null }],
    ]);
  });

  test.each([-1, 1.5, 36_501, '7', undefined])('%j is refused', async (days) => {
    expect((await set(days)).error).toMatchObject({ code: 'invalid_field', field: 'call_retention_days' });
  });

  test('cannot be changed here where the environment says it', async () => {
    const fixed = await createTestConsole();
    const { db } = fixed.database;
    const callRetention = new CallRetention(db, { retentionDays: 30, retentionIsFixed: true });
    const other = await createTestConsole({ server: { callRetention } });
    const answer = await other.call('PATCH', 'system/settings', { call_retention_days: 1 });
    expect(answer.body.error).toMatchObject({ code: 'conflict', field: 'call_retention_days' });
    expect((await other.call('GET', 'system/settings')).body.calls).toMatchObject({
      retention_days: 30,
      source: 'environment',
    });
    await other.close();
    await fixed.close();
  });
});
