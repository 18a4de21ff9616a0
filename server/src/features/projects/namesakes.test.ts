import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { newId } from '../../platform/ids.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

type Headers = Record<string, string>;
interface Person {
  id: string;
  headers: Headers;
}

async function developer(): Promise<Person> {
  const { company } = api.installation.admin;
  const request = { name: 'Some Body', company, email: `${newId()}@example.org` };
  const { id } = await api.ok('auth.create_user', request);
  const { token } = await api.ok('auth.get_token_for_user', { user: id });
  return { id, headers: { authorization: `Bearer ${token}` } };
}

const create = async (name: string, { headers }: Person): Promise<string> => {
  const { code, data } = await api.call('projects.create', { name }, headers);
  expect(code).toBe('200/0');
  return data.id;
};

/** What the SDK's `Task.init(project_name=…)` asks; it takes the first answer. */
async function asSdk(name: string, headers?: Headers): Promise<string[]> {
  const request = { name: `^${name.replaceAll(/[-/]/g, '\\$&')}$`, only_fields: ['id'], search_hidden: true };
  const { data } = await api.call('v2.23/projects.get_all', request, headers);
  return data.projects.map(({ id }: { id: string }) => id);
}

async function share(project: string, to: Person, can_write: boolean): Promise<void> {
  await api.database.db
    .insertInto('project_shares')
    .values({ project_id: project, user_id: to.id, can_write })
    .execute();
}

it('each developer has a private project of one name, and finds the own one', async () => {
  const name = `same-${newId()}/inner`;
  const people = [await developer(), await developer()];
  const ids: string[] = [];
  for (const person of people) ids.push(await create(name, person));
  expect(new Set(ids).size).toBe(2);
  for (const [index, { headers }] of people.entries()) {
    expect(await asSdk(name, headers)).toEqual([ids[index]]);
    expect((await api.call('projects.create', { name }, headers)).code).toBe('400/801');
    const foreign = ids[1 - index] ?? '';
    expect((await api.call('projects.get_by_id', { project: foreign }, headers)).code).toBe('400/401');
    const task = { name: 'work', type: 'training', project: foreign };
    expect((await api.call('tasks.create', task, headers)).code).toBe('400/401');
  }
});

it.each([[false], [true]])(
  'the own one comes before one that is shared, whichever is older (write: %s)',
  async (can) => {
    const name = `shared-${newId()}`;
    const [one, two] = [await developer(), await developer()];
    const [older, newer] = [await create(name, one), await create(name, two)];
    await share(older, two, can);
    await share(newer, one, can);
    expect(await asSdk(name, two.headers)).toEqual([newer, older]);
    expect(await asSdk(name, one.headers)).toEqual([older, newer]);
    const source = await api.call('tasks.create', { name: 'source', type: 'training' }, one.headers);
    const clone = { task: source.data.id, new_project_name: name };
    expect((await api.call('tasks.clone', clone, one.headers)).data.new_project.id).toBe(older);
  },
);

it('one to write into comes before one to read only', async () => {
  const name = `read-${newId()}`;
  const [reader, owner, other] = [await developer(), await developer(), await developer()];
  const [first, second] = [await create(name, owner), await create(name, other)];
  await share(first, reader, false);
  await share(second, reader, true);
  expect(await asSdk(name, reader.headers)).toEqual([second, first]);
});

it('an administrator finds the own one first', async () => {
  const name = `admin-${newId()}`;
  const theirs = [await create(name, await developer()), await create(name, await developer())];
  const found = await asSdk(name);
  expect(found.sort()).toEqual(theirs.sort());
  const { id } = (
    await api.ok('tasks.clone', {
      task: (await api.ok('tasks.create', { name: 'source', type: 'training' })).id,
      new_project_name: `${name}/mine`,
    })
  ).new_project;
  expect((await asSdk(`${name}/mine`))[0]).toBe(id);
});

it('an order that is asked for stays', async () => {
  const name = `order-${newId()}`;
  const [one, two] = [await developer(), await developer()];
  const theirs = await create(`${name}-a`, one);
  const mine = await create(`${name}-b`, two);
  await share(theirs, two, true);
  const request = { name: `^${name}`, order_by: ['name'], only_fields: ['id'] };
  const { data } = await api.call('projects.get_all', request, two.headers);
  expect(data.projects).toEqual([{ id: theirs }, { id: mine }]);
});
