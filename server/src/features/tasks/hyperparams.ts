import { type Endpoint, read, type Scope, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import type { Hyperparams, Parameter, TaskRow } from './entity.ts';
import { requireEditable } from './status.ts';
import { lockTask, readColumn, stamps, writeTask } from './store.ts';

/** Remarks about a task rather than its input: they may change in any status, and changing them is no change of the task. */
const propertiesSection = 'properties';

interface Key {
  section?: string | undefined;
  name?: string | undefined;
}

export const hyperparamsEndpoints: Endpoint[] = [
  read('tasks.get_hyper_params', async (call, { tasks: ids }) => {
    const found = await readColumn(call, 'hyperparams', ids);
    return {
      params: found.map(({ id, value }) => ({
        task: id,
        hyperparams: sorted(value as Hyperparams),
      })),
    };
  }),

  write(
    'tasks.edit_hyper_params',
    async (call, { task: id, hyperparams: items, replace_hyperparams, force }) => {
      const mode = replace_hyperparams ?? 'none';
      // To replace all is a change of all sections, whatever is given.
      const keys = mode === 'all' ? [...items, {}] : items;
      const task = await lockForParameters(call, id, keys, force);
      const replaced = new Set(mode === 'section' ? items.map(sectionOf) : []);
      const before = Object.entries(mode === 'all' ? {} : (task.hyperparams as unknown as Hyperparams));
      const hyperparams: Hyperparams = Object.fromEntries(
        before.filter(([section]) => !replaced.has(section)),
      );
      for (const item of items) {
        const parameter = completeParameter(item);
        const { section, name } = parameter;
        hyperparams[section] = { ...hyperparams[section], [name]: parameter };
      }
      await writeParameters(call, id, keys, hyperparams);
      return { updated: 1 };
    },
  ),

  write('tasks.delete_hyper_params', async (call, { task: id, hyperparams: keys, force }) => {
    const task = await lockForParameters(call, id, keys, force);
    const hyperparams = { ...(task.hyperparams as unknown as Hyperparams) };
    for (const key of keys) {
      const section = sectionOf(key);
      const { [key.name ?? '']: _removed, ...rest } = hyperparams[section] ?? {};
      if (key.name === undefined || Object.keys(rest).length === 0) delete hyperparams[section];
      else hyperparams[section] = rest;
    }
    await writeParameters(call, id, keys, hyperparams);
    return { deleted: 1 };
  }),
];

async function lockForParameters(
  scope: Scope,
  id: string,
  keys: readonly Key[],
  force?: boolean,
): Promise<TaskRow> {
  const task = await lockTask(scope, id);
  if (!onlyProperties(keys)) requireEditable(task, force);
  return task;
}

async function writeParameters(scope: Scope, id: string, keys: readonly Key[], hyperparams: Hyperparams) {
  await writeTask(scope, id, { hyperparams, ...(!onlyProperties(keys) && stamps(scope)) });
}

function onlyProperties(keys: readonly Key[]): boolean {
  return keys.every((key) => sectionOf(key) === propertiesSection);
}

function sectionOf({ section = '' }: Key): string {
  return section.toLowerCase() === propertiesSection ? propertiesSection : section;
}

function completeParameter(item: Partial<Parameter>): Parameter {
  const section = sectionOf(item);
  if (section === '' || !item.name)
    throw new ClearmlError('validation_error', 'each parameter needs section and name');
  return { ...item, section, name: item.name, value: item.value ?? '' };
}

function sorted(hyperparams: Hyperparams): Parameter[] {
  return Object.values(hyperparams)
    .flatMap((section) => Object.values(section))
    .sort((a, b) => compare(a.section, b.section) || compare(a.name, b.name));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
