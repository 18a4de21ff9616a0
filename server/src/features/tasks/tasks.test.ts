import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, type TestApi } from '../../../test/api.ts';
import { md5 } from '../../platform/ids.ts';

let api: TestApi;
beforeAll(async () => {
  api = await createTestApi();
});
afterAll(() => api.close());

async function create(content: object = {}): Promise<string> {
  return (await api.ok('tasks.create', { name: 'a task', type: 'training', ...content })).id;
}

async function get(id: string, path = 'tasks.get_by_id') {
  return (await api.ok(path, { task: id })).task;
}

const parameters = { General: { lr: { section: 'General', name: 'lr', value: '0.1' } } };

/** From its start to its end. */
const secondsOf = ({ started, completed }: { started: string; completed: string }) =>
  Math.round((Date.parse(completed) - Date.parse(started)) / 1000);

describe('the status of a task', () => {
  it('goes from created over in_progress to completed, with dates', async () => {
    const id = await create();
    expect((await get(id)).status).toBe('created');
    expect(await api.ok('tasks.started', { task: id })).toMatchObject({ updated: 1, started: 1 });
    const answer = await api.ok('tasks.completed', { task: id, status_message: 'done' });
    expect(answer.fields).toMatchObject({ status: 'completed', status_message: 'done' });
    const task = await get(id);
    expect(task).toMatchObject({ status: 'completed', active_duration: secondsOf(task) });
    expect(task.started).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00$/);
  });

  it('does not leave its path without force', async () => {
    const id = await create();
    expect((await api.call('tasks.completed', { task: id })).code).toBe('400/121');
    expect((await get(id)).status).toBe('created');
    await api.ok('tasks.completed', { task: id, force: true });
    expect((await get(id)).status).toBe('completed');
  });

  it('may be told twice: a client repeats a call whose answer was lost', async () => {
    const id = await create();
    for (const path of ['tasks.started', 'tasks.started', 'tasks.failed', 'tasks.failed'])
      await api.ok(path, { task: id });
    const task = await get(id);
    expect(task.status).toBe('failed');
    expect(task.completed).toBeUndefined();
  });

  it('of a task nobody runs becomes stopped at once', async () => {
    const id = await create({ system_tags: ['development'] });
    await api.ok('tasks.started', { task: id });
    await api.ok('tasks.stop', { task: id });
    expect(await get(id)).toMatchObject({ status: 'stopped', status_message: 'Stopped by Administrator' });
  });

  it('of a task on a worker stays, and the worker is told', async () => {
    const id = await create();
    await api.ok('tasks.started', { task: id });
    await api.ok('workers.status_report', { worker: 'host:0', task: id, timestamp: Date.now() });
    await api.ok('tasks.stop', { task: id });
    expect(await get(id)).toMatchObject({
      status: 'in_progress',
      status_message: 'stopping',
      last_worker: 'host:0',
    });
  });

  it('published publishes the last model, and the task then stays', async () => {
    const id = await create();
    const model = (await api.ok('models.create', { name: 'a model', uri: 'file:///m', task: id })).id;
    await api.ok('tasks.add_or_update_model', { task: id, name: 'out', model, type: 'output' });
    await api.ok('tasks.started', { task: id });
    await api.ok('tasks.completed', { task: id, publish: true });
    expect((await get(id)).status).toBe('published');
    expect((await api.ok('models.get_by_id', { model })).model.ready).toBe(true);
    expect((await api.call('tasks.reset', { task: id })).code).toBe('400/110');
  });
});

describe('an edit', () => {
  it('needs a draft, or force', async () => {
    const id = await create();
    await api.ok('tasks.started', { task: id });
    expect((await api.call('tasks.edit', { task: id, comment: 'x' })).code).toBe('400/110');
    await api.ok('tasks.edit', { task: id, comment: 'x', force: true });
    expect((await get(id)).comment).toBe('x');
  });

  it('merges script and execution, and replaces maps', async () => {
    const id = await create({ script: { repository: ' r ', diff: ' a\n' }, hyperparams: parameters });
    await api.ok('tasks.edit', { task: id, script: { branch: 'main' }, runtime: { a: 1 } });
    await api.ok('tasks.edit', { task: id, runtime: { b: 2 }, hyperparams: { Args: { x: { value: '1' } } } });
    const task = await get(id);
    expect(task.script).toEqual({ repository: 'r', diff: ' a\n', branch: 'main' });
    expect(task.runtime).toEqual({ b: 2 });
    expect(task.hyperparams).toEqual({ Args: { x: { section: 'Args', name: 'x', value: '1' } } });
  });

  it.each([
    [{ name: 'ab' }, '400/12'],
    [{ project: 'f'.repeat(32) }, '400/401'],
    [{ parent: 'f'.repeat(32) }, '400/101'],
  ])('of %j is refused with %s and changes nothing', async (change, code) => {
    const id = await create();
    const before = await get(id);
    expect((await api.call('tasks.edit', { task: id, comment: 'new', ...change })).code).toBe(code);
    expect(await get(id)).toEqual(before);
  });

  it('of a public task is refused', async () => {
    const id = await create();
    await api.database.db.updateTable('tasks').set({ company: '' }).where('id', '=', id).execute();
    expect((await get(id)).id).toBe(id);
    expect((await api.call('tasks.edit', { task: id, comment: 'x' })).code).toBe('403/21');
  });

  it('sets requirements of a script in any status', async () => {
    const id = await create({ script: { entry_point: 'a.py' } });
    await api.ok('tasks.started', { task: id });
    await api.ok('tasks.set_requirements', { task: id, requirements: { pip: 'x==1' } });
    expect((await get(id)).script).toEqual({ entry_point: 'a.py', requirements: { pip: 'x==1' } });
    const bare = await create();
    await api.ok('tasks.reset', { task: bare, clear_all: true });
    expect((await api.call('tasks.set_requirements', { task: bare, requirements: {} })).code).toBe('400/122');
  });
});

describe('hyperparameters', () => {
  const item = (section: string, name: string, value: string) => ({ section, name, value });

  it('are merged, replaced by section, or replaced all, and listed in order', async () => {
    const id = await create({ hyperparams: parameters });
    const edit = (hyperparams: object[], replace_hyperparams?: string) =>
      api.ok('tasks.edit_hyper_params', {
        task: id,
        hyperparams,
        ...(replace_hyperparams && { replace_hyperparams }),
      });
    const listed = async () => {
      const { params } = await api.ok('tasks.get_hyper_params', { tasks: [id] });
      return params[0].hyperparams.map(
        (each: { section: string; name: string }) => `${each.section}/${each.name}`,
      );
    };
    await edit([item('General', 'b', '1'), item('Args', 'z', '2')]);
    expect(await listed()).toEqual(['Args/z', 'General/b', 'General/lr']);
    await edit([item('General', 'c', '1')], 'section');
    expect(await listed()).toEqual(['Args/z', 'General/c']);
    await edit([item('New', 'n', '1')], 'all');
    expect(await listed()).toEqual(['New/n']);
    await api.ok('tasks.delete_hyper_params', { task: id, hyperparams: [{ section: 'New' }] });
    expect(await listed()).toEqual([]);
  });

  it('called properties may change in any status', async () => {
    const id = await create();
    await api.ok('tasks.started', { task: id });
    await api.ok('tasks.completed', { task: id });
    const edit = (section: string) => ({ task: id, hyperparams: [item(section, 'note', 'x')] });
    expect((await api.call('tasks.edit_hyper_params', edit('Args'))).code).toBe('400/110');
    await api.ok('tasks.edit_hyper_params', edit('Properties'));
    expect((await get(id)).hyperparams).toHaveProperty('properties.note.value', 'x');
  });
});

describe('artifacts', () => {
  it('are kept by key and mode, and listed by key', async () => {
    const id = await create();
    const add = (key: string, uri: string) =>
      api.ok('tasks.add_or_update_artifacts', { task: id, artifacts: [{ key, type: 'json', uri }] });
    await add('b', '1');
    await add('a', '2');
    await add('b', '3');
    const { artifacts } = (await get(id)).execution;
    expect(artifacts.map(({ key, uri, mode }: Record<string, string>) => [key, uri, mode])).toEqual([
      ['a', '2', 'output'],
      ['b', '3', 'output'],
    ]);
    await api.ok('tasks.delete_artifacts', { task: id, artifacts: [{ key: 'b' }] });
    expect((await get(id)).execution.artifacts).toHaveLength(1);
  });
});

describe('a clone', () => {
  it('has what the source was given and nothing of what it produced', async () => {
    const source = await create({
      hyperparams: parameters,
      tags: ['t'],
      system_tags: ['development', 's'],
      comment: 'c',
    });
    await api.ok('tasks.add_or_update_artifacts', {
      task: source,
      artifacts: [
        { key: 'in', type: 'x', mode: 'input' },
        { key: 'out', type: 'x' },
      ],
    });
    await api.ok('tasks.edit', { task: source, runtime: { a: 1 }, output_dest: 's3://there' });
    const { id } = await api.ok('tasks.clone', { task: source, new_task_name: 'the clone' });
    const clone = await get(id);
    expect(clone).toMatchObject({
      name: 'the clone',
      status: 'created',
      parent: source,
      comment: 'c',
      tags: ['t'],
      system_tags: ['s'],
      hyperparams: parameters,
      output: { destination: 's3://there' },
      runtime: {},
    });
    expect(clone.execution.artifacts.map((artifact: { key: string }) => artifact.key)).toEqual(['in']);
  });

  it('may go to a new project', async () => {
    const answer = await api.ok('tasks.clone', { task: await create(), new_project_name: 'a new/project' });
    expect(answer.new_project.name).toBe('a new/project');
    expect((await get(answer.id)).project).toBe(answer.new_project.id);
  });
});

describe('reset and delete', () => {
  it('reset takes away what a run left, and its draft models', async () => {
    const id = await create({ hyperparams: parameters });
    await api.ok('tasks.started', { task: id });
    const model = (await api.ok('models.create', { name: 'draft', uri: 'file:///draft', task: id })).id;
    await api.ok('tasks.add_or_update_model', { task: id, name: 'm', model, type: 'output' });
    await api.ok('tasks.add_or_update_artifacts', {
      task: id,
      force: true,
      artifacts: [{ key: 'k', type: 't', uri: 'u' }],
    });
    await api.ok('events.add', {
      type: 'training_stats_scalar',
      task: id,
      metric: 'm',
      variant: 'v',
      iter: 7,
      value: 1,
    });
    const answer = await api.ok('tasks.reset', { task: id, return_file_urls: true });
    expect(answer).toMatchObject({
      dequeued: {},
      deleted_models: 1,
      urls: { model_urls: ['file:///draft'], artifact_urls: ['u'] },
    });
    const task = await get(id);
    expect(task).toMatchObject({ status: 'created', last_iteration: 0, hyperparams: parameters });
    expect(task.last_metrics ?? {}).toEqual({});
    expect(task.started).toBeUndefined();
    expect((await api.call('models.get_by_id', { model })).code).toBe('400/201');
  });

  it('delete needs a draft, an archived task or force, and children remember', async () => {
    const id = await create();
    const child = await create({ parent: id });
    await api.ok('tasks.started', { task: id });
    expect((await api.call('tasks.delete', { task: id })).code).toBe('400/123');
    expect(await api.ok('tasks.delete', { task: id, force: true })).toMatchObject({
      deleted: true,
      updated_children: 1,
    });
    expect((await api.call('tasks.get_by_id', { task: id })).code).toBe('400/101');
    expect((await get(child)).parent).toBe(`__DELETED__${id}`);
  });
});

describe('older protocol versions', () => {
  it('see parameters, models and the container where they used to be', async () => {
    const model = (await api.ok('models.create', { name: 'a model', uri: 'file:///m' })).id;
    const id = await create({
      hyperparams: { Args: { x: { value: '1' } }, General: { y: { value: '2' } } },
      container: { image: 'python:3.11', arguments: '-e A=1' },
      models: { input: [{ name: 'in', model }], output: [] },
    });
    const { execution } = await get(id, 'v2.5/tasks.get_by_id');
    expect(execution).toMatchObject({
      parameters: { x: '1', 'General/y': '2' },
      docker_cmd: 'python:3.11 -e A=1',
      model,
    });
    expect((await get(id, 'v2.13/tasks.get_by_id')).execution).not.toHaveProperty('parameters');
  });

  it('write them there too', async () => {
    const execution = { parameters: { x: '1', 'General/y': '2' }, docker_cmd: 'image -v a' };
    const task = await get(
      (await api.ok('v2.5/tasks.create', { name: 'old', type: 'testing', execution })).id,
    );
    expect(task.hyperparams).toMatchObject({ Args: { x: { value: '1' } }, General: { y: { value: '2' } } });
    expect(task.container).toEqual({ image: 'image', arguments: '-v a' });
  });
});

describe('the list of tasks', () => {
  const names = async (request: object) =>
    (await api.ok('tasks.get_all', { order_by: ['name'], ...request })).tasks.map(
      (task: { name: string }) => task.name,
    );
  let project: string;
  let inside: string;

  beforeAll(async () => {
    project = (await api.ok('projects.create', { name: 'listed' })).id;
    inside = (await api.ok('projects.create', { name: 'listed/inside' })).id;
    const add = (name: string, content: object) => create({ name, project, ...content });
    await add('list a', { tags: ['red', 'big'], hyperparams: { General: { lr: { value: '10' } } } });
    await add('list b', { tags: ['red'], type: 'testing', hyperparams: { General: { lr: { value: '9' } } } });
    await add('list (c)', { tags: ['blue'], project: inside });
    await add('list d', { system_tags: ['hidden'] });
  });

  it.each([
    [{ tags: ['red'] }, ['list a', 'list b']],
    [{ tags: ['red', '-big'] }, ['list b']],
    [{ tags: ['__$all', 'red', 'big'] }, ['list a']],
    [{ tags: ['__$all', 'red', '__$not', 'big'] }, ['list b']],
    [{ tags: ['__$or', 'blue', '__$not', 'red'] }, []],
    [{ type: ['testing'] }, ['list b']],
    [{ name: '^list\\ a$' }, ['list a']],
    [{ name: 'list \\(c\\)', include_subprojects: true }, ['list (c)']],
    [{ include_subprojects: true }, ['list (c)', 'list a', 'list b']],
    [{ search_hidden: true }, ['list a', 'list b', 'list d']],
    [{ system_tags: ['hidden'] }, ['list d']],
    [{ 'hyperparams.General.lr.value': ['9'] }, ['list b']],
    [{ order_by: ['hyperparams.General.lr.value'] }, ['list b', 'list a']],
    [{ order_by: ['-hyperparams.General.lr.value'] }, ['list a', 'list b']],
    [{ _any_: { fields: ['name', 'tags'], pattern: 'BIG|list b' } }, ['list a', 'list b']],
    [{ _all_: { fields: ['name', 'tags'], pattern: 'b' } }, []],
    [{ filters: { tags: { any: { include: ['red'] }, all: { exclude: ['big'] } } } }, ['list b']],
    [{ page: 1, page_size: 1 }, ['list b']],
    [{ page: 5, page_size: 100 }, []],
    [{ status: ['queued'] }, []],
    [{ status: ['created'], parent: 'nobody' }, []],
    [{ last_update: ['>2020-01-01', '<2021-01-01T00:00:00.1'] }, []],
    [
      { _or_: { fields: ['last_update', 'last_change'], datetime: ['>2020-01-01T00:00:00+00:00'] } },
      ['list a', 'list b'],
    ],
    [{ search_text: 'LIST A' }, ['list a']],
  ])('with %j is %j', async (filter, expected) => {
    expect(await names({ project: [project], ...filter })).toEqual(expected);
  });

  it('finds tasks by id whatever their tags', async () => {
    const id = await create({ name: 'hidden one', system_tags: ['hidden'] });
    expect(await names({ id: [id] })).toEqual(['hidden one']);
  });

  it('keeps the parents of what was asked for, also where it is missing', async () => {
    const id = await create({ name: 'projected', script: { repository: 'r', branch: 'b' } });
    const only_fields = ['name', 'script.branch', 'runtime.version', 'hyperparams.properties.version'];
    const { tasks } = await api.ok('tasks.get_all', { id: [id], only_fields });
    expect(tasks).toEqual([
      { id, name: 'projected', script: { branch: 'b' }, runtime: {}, hyperparams: { properties: {} } },
    ]);
  });

  it('refuses an unknown field and a broken pattern', async () => {
    expect((await api.call('tasks.get_all', { only_fields: ['nothing.here'] })).code).toBe('400/14');
    expect((await api.call('tasks.get_all', { name: '(' })).code).toBe('400/21');
    expect((await api.call('tasks.get_all', { last_update: ['>nonsense'] })).code).toBe('400/12');
  });

  it('scrolls to its end', async () => {
    const seen: string[] = [];
    let scroll_id: string | undefined;
    for (;;) {
      const page = await api.ok('tasks.get_all', {
        project: [project],
        size: 1,
        ...(scroll_id && { scroll_id }),
      });
      if (page.tasks.length === 0) break;
      seen.push(page.tasks[0].name);
      scroll_id = page.scroll_id;
    }
    expect(seen.sort()).toEqual(['list a', 'list b']);
  });

  it('sorts and projects by a last metric', async () => {
    const [metric, variant] = [md5('loss'), md5('train')];
    const path = `last_metrics.${metric}.${variant}`;
    for (const [name, value] of [
      ['metric low', 1],
      ['metric high', 2],
    ] as const) {
      const task = await create({ name });
      await api.ok('events.add', {
        type: 'training_stats_scalar',
        task,
        metric: 'loss',
        variant: 'train',
        iter: 0,
        value,
      });
    }
    const request = {
      name: '^metric',
      order_by: [`-${path}.max_value`],
      only_fields: ['name', `${path}.max_value`],
    };
    const { tasks } = await api.ok('tasks.get_all', request);
    expect(tasks.map((task: { name: string }) => task.name)).toEqual(['metric high', 'metric low']);
    expect(tasks[0].last_metrics[metric][variant]).toEqual({ max_value: 2 });
  });
});
