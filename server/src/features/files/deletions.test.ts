import { EventEmitter, once } from 'node:events';
import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { filesBelow, type TestStore, testStores } from '../../../test/file-stores.ts';
import { openDatabase } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { createLog } from '../../platform/log.ts';
import { FileDeletions, FileRights, type FileStore } from './index.ts';

const ports = { files: 8081, web: 8080 };
const later = () => new Date(Date.now() + 120_000);
let api: TestApi;

beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

/** The outcomes by the file's address, of what the last call asked for. */
async function outcomes(owner: string): Promise<Record<string, string | null>> {
  const rows = await api.database.db
    .selectFrom('file_deletions')
    .select(['url', 'outcome'])
    .where('owner', '=', owner)
    .where('url', 'not like', '%/')
    .execute();
  return Object.fromEntries(rows.map(({ url, outcome }) => [url, outcome]));
}

describe.each(Object.entries(testStores))('on %s', (_kind, openStore) => {
  let kept: TestStore;
  let task: string;

  beforeAll(async () => {
    kept = await openStore();
  });
  afterAll(() => kept.close());
  beforeEach(async () => {
    task = (await api.ok('tasks.create', { name: 'training', type: 'training' })).id;
  });

  const deletions = (store: FileStore = kept.store) => {
    const { db } = api.database;
    return new FileDeletions({ db, store, rights: new FileRights(db), ports, log: createLog('silent') });
  };
  const workOff = (store?: FileStore) => deletions(store).workOff(later());
  const url = (name: string, id = task) => `http://files.lab:8081/My%20project/training.${id}/${name}`;
  const pathOf = (name: string, id = task) => `My project/training.${id}/${name}`;
  const isKept = async (path: string) => {
    const file = await kept.store.read(path);
    file?.content.destroy();
    return file !== undefined;
  };
  async function store(...names: string[]): Promise<void> {
    for (const name of names) await kept.store.write(pathOf(name), Readable.from([Buffer.from(name)]));
  }
  const artifact = (key: string, uri: string, mode = 'output') => ({ key, type: 'custom', mode, uri });
  const addArtifacts = (id: string, ...artifacts: object[]) =>
    api.ok('tasks.add_or_update_artifacts', { task: id, artifacts });

  test('a deleted task takes its files with it, also those nobody noted', async () => {
    await store('artifacts/data/d 1.csv', 'metrics/debug.png', 'models/m.pt', 'unnoted.log');
    await addArtifacts(
      task,
      artifact('data', url('artifacts/data/d%201.csv')),
      artifact('far', 's3://bucket/far.csv'),
    );
    const image = {
      type: 'training_debug_image',
      metric: 'm',
      variant: 'v',
      iter: 1,
      url: url('metrics/debug.png'),
    };
    await api.ok('events.add_batch', [{ task, ...image }]);
    await api.ok('models.create', { name: 'm', task, uri: url('models/m.pt') });
    await api.ok('tasks.delete', { task, force: true });
    // Not before the time is up.
    await deletions().workOff(new Date());
    expect(await isKept(pathOf('models/m.pt'))).toBe(true);
    await workOff();
    expect(await filesBelow(kept.store, 'My project')).toEqual([]);
    expect(await outcomes(task)).toEqual({
      [url('artifacts/data/d%201.csv')]: 'deleted',
      [url('metrics/debug.png')]: 'deleted',
      [url('models/m.pt')]: 'deleted',
      [url('unnoted.log')]: 'deleted',
      's3://bucket/far.csv': 'foreign',
    });
  });

  test('files stay when the caller says so, before 2.21, and when the call fails', async () => {
    await store('a.txt');
    await addArtifacts(task, artifact('a', url('a.txt')));
    await api.ok('tasks.reset', { task, delete_external_artifacts: false });
    await addArtifacts(task, artifact('a', url('a.txt')));
    await api.ok('v2.13/tasks.reset', { task });
    await addArtifacts(task, artifact('a', url('a.txt')));
    await api.ok('tasks.started', { task });
    expect((await api.call('tasks.delete', { task })).code).toBe('400/123');
    await workOff();
    expect(await isKept(pathOf('a.txt'))).toBe(true);
  });

  test('a file that a clone, a model or a report refers to stays, however it is written', async () => {
    await store('clone.csv', 'model/weights.bin', 'report.png', 'event.png', 'own.csv');
    const names = ['clone.csv', 'model/weights.bin', 'report.png', 'event.png', 'own.csv'];
    await addArtifacts(task, ...names.map((name) => artifact(name, url(name))));
    const other = (await api.ok('tasks.create', { name: 'clone', type: 'training' })).id;
    // Another host, another door and another encoding.
    const elsewhere = `http://10.0.0.7:8080/files/My project/training.${task}`;
    await addArtifacts(other, artifact('in', `${elsewhere}/clone.csv`, 'input'));
    await api.ok('models.create', { name: 'published', uri: `${elsewhere}/model/` });
    await api.ok('reports.create', { name: 'report', report_assets: [`${elsewhere}/report.png`] });
    const image = {
      type: 'training_debug_image',
      metric: 'm',
      variant: 'v',
      iter: 1,
      url: `${elsewhere}/event.png`,
    };
    await api.ok('events.add_batch', [{ task: other, ...image }]);
    await api.ok('tasks.delete', { task, force: true });
    await workOff();
    expect(Object.values(await outcomes(task)).sort()).toEqual(['deleted', ...Array(4).fill('referenced')]);
    expect(await isKept(pathOf('own.csv'))).toBe(false);
    for (const name of names.slice(0, 4)) expect(await isKept(pathOf(name))).toBe(true);
  });

  test('nobody deletes through a task of theirs what they could not delete themselves', async () => {
    await store('hers.csv');
    const id = newId();
    await api.ok('users.create', { id, name: 'Bea', company: api.installation.admin.company });
    const { token } = await api.installation.auth.createAccessToken(id, 'tests');
    const as = { authorization: `Bearer ${token}` };
    const trap = (await api.call('tasks.create', { name: 'trap', type: 'training' }, as)).data.id;
    const artifacts = [artifact('a', url('hers.csv'))];
    await api.call('tasks.add_or_update_artifacts', { task: trap, artifacts }, as);
    expect((await api.call('tasks.delete', { task: trap, force: true }, as)).code).toBe('200/0');
    await workOff();
    expect(await outcomes(trap)).toEqual({ [url('hers.csv')]: 'refused' });
    expect(await isKept(pathOf('hers.csv'))).toBe(true);
  });

  test('what a reset task uploads again stays', async () => {
    await store('again.csv', 'once.csv');
    await addArtifacts(task, artifact('a', url('again.csv')), artifact('b', url('once.csv')));
    await api.ok('tasks.reset', { task });
    await deletions().cancel(pathOf('again.csv'));
    await workOff();
    expect([await isKept(pathOf('again.csv')), await isKept(pathOf('once.csv'))]).toEqual([true, false]);
    expect(await outcomes(task)).toEqual({ [url('once.csv')]: 'deleted' });
  });

  test('a store that fails is tried again', async () => {
    await store('stubborn.csv');
    await addArtifacts(task, artifact('a', url('stubborn.csv')));
    await api.ok('tasks.reset', { task });
    const away = { delete: () => Promise.reject(new Error('the store is away')) };
    await workOff(away as Partial<FileStore> as FileStore);
    expect(await outcomes(task)).toEqual({ [url('stubborn.csv')]: null });
    const row = await api.database.db
      .selectFrom('file_deletions')
      .select(['attempts', 'detail'])
      .where('owner', '=', task)
      .executeTakeFirst();
    expect(row).toEqual({ attempts: 1, detail: 'the store is away' });
    await deletions().workOff(new Date(Date.now() + 3_600_000));
    expect(await outcomes(task)).toEqual({ [url('stubborn.csv')]: 'deleted' });
  });

  test('a process that dies in the middle loses nothing', async () => {
    await store('one.csv', 'two.csv');
    await addArtifacts(task, artifact('a', url('one.csv')), artifact('b', url('two.csv')));
    await api.ok('tasks.reset', { task });
    const { db } = api.database;
    const [oneIsGone, twoIsReached] = [new EventEmitter(), new EventEmitter()];
    const middle = Promise.all([once(oneIsGone, 'now'), once(twoIsReached, 'now')]);
    const hanging: Partial<FileStore> = {
      // One is gone when the process dies, the other not yet.
      async delete(path) {
        if (path.endsWith('one.csv')) {
          const deleted = await kept.store.delete(path);
          oneIsGone.emit('now');
          return deleted;
        }
        twoIsReached.emit('now');
        return new Promise<boolean>(() => {});
      },
    };
    const dying = openDatabase(api.database.url, () => {});
    const parts = {
      store: hanging as FileStore,
      rights: new FileRights(db),
      ports,
      log: createLog('silent'),
    };
    const work = new FileDeletions({ db: dying.db, ...parts }).workOff(later());
    work.catch(() => {});
    await middle;
    await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND state = 'idle in transaction'`.execute(db);
    await expect
      .poll(() => workOff().then(() => outcomes(task)))
      .toEqual({
        [url('one.csv')]: 'missing',
        [url('two.csv')]: 'deleted',
      });
    expect(await isKept(pathOf('two.csv'))).toBe(false);
  });

  test('a project that is deleted with its contents takes their files', async () => {
    const project = (await api.ok('projects.create', { name: `p ${newId()}` })).id;
    const inside = (await api.ok('tasks.create', { name: 'inside', type: 'training', project })).id;
    const path = pathOf('a.csv', inside);
    await kept.store.write(path, Readable.from([Buffer.from('x')]));
    await addArtifacts(inside, artifact('a', url('a.csv', inside)));
    await api.ok('projects.delete', { project, force: true, delete_contents: true });
    await workOff();
    expect(await isKept(path)).toBe(false);
  });
});
