import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

/** A developer with the header that makes a call his. */
async function developer() {
  const { admin, auth } = api.installation;
  const userId = 'd'.repeat(32);
  await api.database.db
    .insertInto('users')
    .values({ id: userId, company: admin.company, username: 'dev', name: 'Dev', role: 'developer' })
    .execute();
  const { token } = await auth.openSession({ ...admin, userId });
  return { authorization: `Bearer ${token}` };
}

describe('counts', () => {
  it('only what is asked, each by its own filter', async () => {
    const top = (await api.ok('projects.create', { name: 'counted' })).id;
    for (const folder of ['.pipelines', '.datasets'])
      await api.ok('projects.create', { name: `counted/${folder}`, system_tags: ['hidden'] });
    await api.ok('projects.create', { name: 'counted/.pipelines/p', system_tags: ['hidden', 'pipeline'] });
    await api.ok('projects.create', { name: 'counted/.datasets/d', system_tags: ['hidden', 'dataset'] });
    await api.ok('tasks.create', { name: 'counted', type: 'training', project: top });
    await api.ok('models.create', { name: 'counted', uri: 'file:///m', project: top });
    const count = (request: object) => api.ok('organization.get_entities_count', request);
    const named = { name: '^counted' };
    expect(await count({ projects: named, tasks: named, models: named, reports: {} })).toEqual({
      projects: 1,
      tasks: 1,
      models: 1,
      reports: 0,
    });
    const nested = { name: 'counted' };
    expect(await count({ pipelines: nested, datasets: nested, search_hidden: true })).toEqual({
      pipelines: 1,
      datasets: 1,
    });
    const nobody = { active_users: ['f'.repeat(32)] };
    expect(await count({ projects: named, tasks: named, ...nobody })).toEqual({ projects: 0, tasks: 0 });
    const inside = { project: [top], include_subprojects: true };
    expect(await count({ tasks: inside, projects: { parent: [top], search_hidden: true } })).toEqual({
      tasks: 1,
      projects: 4,
    });
  });

  it('the accounts of the company', async () => {
    const { companies } = await api.ok('organization.get_user_companies');
    const { company, companyName, userId } = api.installation.admin;
    expect(companies).toEqual([
      {
        id: company,
        name: companyName,
        allocated: 2,
        owners: expect.arrayContaining([expect.objectContaining({ id: userId })]),
      },
    ]);
  });
});

describe('a download', () => {
  const columns = [
    { field: 'name', name: 'Name' },
    { field: 'tags' },
    { field: 'status', values: [{ key: {}, value: {} }] },
    { field: 'hyperparams.Args.lr.value', name: 'lr' },
    { field: 'project.name', name: 'Project' },
  ];
  const fields = ['name', 'tags', 'status', 'hyperparams.Args.lr', 'project.name'];

  it('is the table that was prepared', async () => {
    const project = (await api.ok('projects.create', { name: 'csv/inner' })).id;
    await api.ok('tasks.create', {
      name: 'first, "quoted"',
      type: 'training',
      project,
      tags: ['a', 'b'],
      hyperparams: { Args: { lr: { value: '0.1' } } },
    });
    await api.ok('tasks.create', { name: '=HYPERLINK(1)', type: 'training', project });
    const [{ id: top }] = (await api.ok('projects.get_all', { name: '^csv$' })).projects;
    const { prepare_id } = await api.ok('organization.prepare_download_for_get_all', {
      entity_type: 'task',
      only_fields: fields,
      field_mappings: columns,
      project: [top],
      include_subprojects: true,
      order_by: ['-name'],
    });
    const text = await api.ok('organization.download_for_get_all', { prepare_id });
    expect(text.split('\n')).toEqual([
      'Name,tags,status,lr,Project',
      '"first, ""quoted""","a, b",created,0.1,csv/inner',
      "'=HYPERLINK(1),,created,,csv/inner",
      '',
    ]);
  });

  it('reaches beyond one page', async () => {
    const project = (await api.ok('projects.create', { name: 'many models' })).id;
    await api.database.db
      .insertInto('models')
      .values(
        Array.from({ length: 501 }, (_, index) => ({
          id: `m${index}`,
          company: api.installation.admin.company,
          user_id: api.installation.admin.userId,
          name: `m${index}`,
          project,
          created: new Date(),
          last_update: new Date(),
          last_change: new Date(),
        })),
      )
      .execute();
    const { prepare_id } = await api.ok('organization.prepare_download_for_get_all', {
      entity_type: 'model',
      only_fields: ['id'],
      field_mappings: [{ field: 'id' }],
      project: [project],
    });
    const text: string = await api.ok('organization.download_for_get_all', { prepare_id });
    expect(new Set(text.trim().split('\n')).size).toBe(502);
  });

  it('is refused when it cannot be made, and to others', async () => {
    const prepare = (request: object) =>
      api.call('organization.prepare_download_for_get_all', {
        entity_type: 'model',
        only_fields: ['name'],
        field_mappings: [{ field: 'name' }],
        ...request,
      });
    expect((await prepare({ only_fields: ['nonsense'] })).code).toBe('400/14');
    expect((await prepare({ entity_type: 'queue' })).code).toBe('400/12');
    const { prepare_id } = (await prepare({})).data;
    const fetch = (id: string, headers = {}) =>
      api.call('organization.download_for_get_all', { prepare_id: id }, headers);
    expect((await fetch('none')).code).toBe('400/10');
    expect((await fetch(prepare_id, await developer())).code).toBe('400/10');
    expect((await fetch(prepare_id)).code).toBe('200/0');
  });
});
