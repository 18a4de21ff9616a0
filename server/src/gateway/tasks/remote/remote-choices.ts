import type { TaskChoice } from '../../../features/mappings/index.ts';
import { isTagOfCall } from './placement.ts';
import type { RemoteServer } from './remote-server.ts';

const maxTasks = 20;
export const maxQueues = 100;
/** So many tasks are looked through: most of the newest ones may be clones. */
const maxRead = 200;
const fields = ['name', 'type', 'tags'];

/** Tasks of the remote that a mapping may name, the last changed first. The clones that calls made would bury their templates. */
export async function taskChoices(server: RemoteServer, text: string): Promise<TaskChoice[]> {
  const tasks = await server.searchTasks(text, fields, maxRead);
  return tasks
    .filter(({ tags = [] }) => !tags.some(isTagOfCall))
    .slice(0, maxTasks)
    .flatMap(({ id, name, type }) =>
      id === undefined ? [] : [{ id, name: name ?? id, type: type ?? null }],
    );
}
