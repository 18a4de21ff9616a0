import { type Endpoint, read, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { completeConfiguration } from './content.ts';
import type { Configuration, ConfigurationItem } from './entity.ts';
import { requireEditable } from './status.ts';
import { lockTask, readColumn, stamps, writeTask } from './store.ts';

/** Configuration objects: named texts that a program reads instead of a file. */
export const configurationEndpoints: Endpoint[] = [
  read('tasks.get_configurations', async (call, { tasks: ids, names }) => {
    const found = await readColumn(call, 'configuration', ids);
    const wanted = (item: ConfigurationItem) => !names || names.includes(item.name);
    return {
      configurations: found.map(({ id, value }) => ({
        task: id,
        configuration: sorted(value as Configuration).filter(wanted),
      })),
    };
  }),

  read('tasks.get_configuration_names', async (call, { tasks: ids, skip_empty = true }) => {
    const found = await readColumn(call, 'configuration', ids);
    const wanted = (item: ConfigurationItem) => !skip_empty || item.value !== '';
    return {
      configurations: found.map(({ id, value }) => ({
        task: id,
        names: sorted(value as Configuration)
          .filter(wanted)
          .map(({ name }) => name),
      })),
    };
  }),

  write(
    'tasks.edit_configuration',
    async (call, { task: id, configuration, replace_configuration, force }) => {
      const task = await lockTask(call, id);
      requireEditable(task, force);
      const items = configuration.map((item) => [requiredName(item), item] as const);
      const before = replace_configuration ? {} : (task.configuration as unknown as Configuration);
      const changed = { ...before, ...completeConfiguration(Object.fromEntries(items)) };
      await writeTask(call, id, { configuration: changed, ...stamps(call) });
      return { updated: 1 };
    },
  ),

  write('tasks.delete_configuration', async (call, { task: id, configuration: names, force }) => {
    const task = await lockTask(call, id);
    requireEditable(task, force);
    const items = Object.entries(task.configuration as unknown as Configuration);
    const kept = Object.fromEntries(items.filter(([name]) => !names.includes(name)));
    await writeTask(call, id, { configuration: kept, ...stamps(call) });
    return { deleted: 1 };
  }),
];

function requiredName({ name }: { name?: string }): string {
  if (!name) throw new ClearmlError('validation_error', 'configuration: each item needs a name');
  return name;
}

function sorted(configuration: Configuration): ConfigurationItem[] {
  return Object.values(configuration).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
