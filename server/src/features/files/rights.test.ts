import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { newId } from '../../platform/ids.ts';
import { createLog } from '../../platform/log.ts';
import { DiskStore, FileDeletions, FileRights, fileServer, UrlSigner } from './index.ts';

let api: TestApi;
let app: FastifyInstance;
let host: string;
let folder: string;
let ada: string;
let bea: string;
/** A file of Ada's task, and one of hers below no task. */
let hers: string;
const loose = 'uploads/loose.txt';
let project: string;
let task: string;

async function developer(name: string): Promise<{ id: string; token: string }> {
  const id = newId();
  await api.ok('users.create', { id, name, company: api.installation.admin.company });
  return { id, token: (await api.installation.auth.createAccessToken(id, 'tests')).token };
}

beforeAll(async () => {
  api = await createTestApi();
  const { auth } = api.installation;
  folder = await mkdtemp(join(tmpdir(), 'arno-files-'));
  const store = await DiskStore.open(join(folder, 'files'));
  app = Fastify({ forceCloseConnections: true });
  const [{ db }, log] = [api.database, createLog('silent')];
  const rights = new FileRights(db);
  const deletions = new FileDeletions({ db, store, rights, ports: { files: 1, web: 2 }, log });
  await app.register(
    fileServer({
      ...{ store, signer: new UrlSigner('s'), rights, deletions, maxBytes: 1000, log },
      authenticate: (authorization, request) => auth.authenticate(authorization, request),
    }),
  );
  host = await app.listen({ port: 0, host: '127.0.0.1' });
  const [one, two] = [await developer('Ada'), await developer('Bea')];
  [ada, bea] = [one.token, two.token];
  const as = { authorization: `Bearer ${ada}` };
  project = (await api.call('projects.create', { name: 'Ada' }, as)).data.id;
  task = (await api.call('tasks.create', { name: 'training', type: 'training', project }, as)).data.id;
  hers = `Ada/training.${task}/artifacts/data/data.csv`;
  expect(await upload(ada, hers)).toBe(200);
  expect(await upload(ada, loose)).toBe(200);
});

afterAll(async () => {
  await app.close();
  await api.close();
  await rm(folder, { recursive: true });
});

async function upload(token: string, path: string): Promise<number> {
  const form = new FormData();
  form.append(path, new Blob(['content']), 'any');
  return (await send('POST', token, '', form)).status;
}

const send = (method: string, token: string, path: string, body?: FormData | string) =>
  fetch(`${host}/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(typeof body === 'string' && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body }),
  });
const status = async (method: string, token: string, path: string) =>
  (await send(method, token, path)).status;
const deleteMany = async (token: string, files: string[]) =>
  (await send('POST', token, 'delete_many', JSON.stringify({ files }))).json();

test('another developer neither reads nor changes the files of a task', async () => {
  expect(await status('GET', bea, hers)).toBe(403);
  expect(await status('HEAD', bea, hers)).toBe(403);
  expect(await status('GET', bea, `Ada/training.${task}/none.txt`)).toBe(403);
  expect(await upload(bea, hers)).toBe(403);
  expect(await upload(bea, `Bea/other.${newId()}/x.${task}/file`)).toBe(403);
  expect(await status('DELETE', bea, hers)).toBe(403);
  expect(await deleteMany(bea, [hers])).toEqual({
    deleted: [],
    errors: { 'the file belongs to a task that is not shared with you': [hers] },
  });
  expect(await status('GET', ada, hers)).toBe(200);
});

test('a share opens them for reading, and one that says so for changes', async () => {
  const share = (can_write: boolean) =>
    api.database.db
      .insertInto('project_shares')
      .values({ project_id: project, user_id: null, can_write })
      .onConflict((conflict) => conflict.columns(['project_id', 'user_id']).doUpdateSet({ can_write }))
      .execute();
  await share(false);
  expect(await status('GET', bea, hers)).toBe(200);
  expect(await upload(bea, hers)).toBe(403);
  await share(true);
  expect(await upload(bea, hers)).toBe(200);
  expect(await status('DELETE', bea, hers)).toBe(200);
  await api.database.db.deleteFrom('project_shares').execute();
});

test('administrators have all files; those of no task are their uploader’s', async () => {
  const { token } = await api.installation.auth.openSession(api.installation.admin);
  expect(await upload(ada, hers)).toBe(200);
  expect(await status('GET', token, hers)).toBe(200);
  expect(await status('GET', token, loose)).toBe(200);
  expect(await status('GET', ada, loose)).toBe(200);
  expect(await status('GET', bea, loose)).toBe(403);
  expect(await upload(bea, loose)).toBe(403);
  expect(await status('DELETE', bea, loose)).toBe(403);
  expect(await status('GET', bea, 'uploads/none.txt')).toBe(404);
  expect(await deleteMany(bea, [loose, 'uploads/none.txt'])).toEqual({
    deleted: [],
    errors: {
      'the file belongs to no task: only administrators and whoever uploaded it may use it': [loose],
      'not found': ['uploads/none.txt'],
    },
  });
  expect(await status('DELETE', ada, loose)).toBe(200);
  // The name is free again.
  expect(await upload(bea, loose)).toBe(200);
  expect(await status('GET', ada, loose)).toBe(403);
});

test('files of a deleted task are its owner’s and theirs who deleted it', async () => {
  const { token } = await api.installation.auth.openSession(api.installation.admin);
  await api.ok('tasks.delete', { task, force: true, delete_external_artifacts: false });
  expect(await status('GET', bea, hers)).toBe(403);
  expect(await upload(bea, hers)).toBe(403);
  expect(await deleteMany(bea, [hers])).toMatchObject({ deleted: [] });
  expect(await status('GET', ada, hers)).toBe(200);
  expect(await status('DELETE', token, hers)).toBe(200);
});
