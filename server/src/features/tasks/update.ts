import { batch, type Endpoint, type Scope, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { parseDate, wireFields } from '../../clearml/wire.ts';
import { requireWritableProject } from '../projects/index.ts';
import { taskName } from './content.ts';
import { lockTask, stamps, type TaskChanges, writeTask } from './store.ts';

/** What may be said of a task in any status. */
interface Update {
  name?: string;
  comment?: string;
  status_message?: string;
  project?: string;
  created?: string;
  tags?: string[];
  system_tags?: string[];
  output__error?: string;
}

export const updateEndpoints: Endpoint[] = [
  write('tasks.update', async (call, { task, ...update }) => {
    const fields = await updateTask(call, task, update);
    return { updated: fields ? 1 : 0, fields: wireFields(fields ?? {}) };
  }),

  batch('tasks.update_batch', async (call, items) => {
    let changed = false;
    for (const [index, item] of items.entries()) {
      const { task, ...update } = checkedItem(item, index + 1);
      if (await updateTask(call, task, update)) changed = true;
    }
    return { updated: changed ? 1 : 0 };
  }),
];

/** Changes what was given and answers it; undefined when nothing was. */
async function updateTask(scope: Scope, id: string, update: Update): Promise<TaskChanges | undefined> {
  const task = await lockTask(scope, id);
  const { name, comment, status_message, project, created, tags, system_tags, output__error } = update;
  if (project) await requireWritableProject(scope, project);
  const given = {
    name: name === undefined ? undefined : taskName(name),
    comment,
    status_message,
    project: project === undefined ? undefined : project || null,
    created: created === undefined ? undefined : parseDate(created, 'created'),
    tags,
    system_tags,
    output: output__error === undefined ? undefined : { ...(task.output as object), error: output__error },
  };
  const changes = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (Object.keys(changes).length === 0) return undefined;
  const fields = { ...changes, ...stamps(scope) };
  await writeTask(scope, id, fields);
  return fields;
}

const texts = ['name', 'comment', 'status_message', 'project', 'created', 'output__error'];
const lists = ['tags', 'system_tags'];

/** The protocol has no schema for the lines of a batch, so their types are looked at here. */
function checkedItem(item: Record<string, unknown>, line: number): Update & { task: string } {
  const fault = (field: string, wanted: string) =>
    new ClearmlError('batch_validation_error', `line ${line}: ${field} must be ${wanted}`);
  if (typeof item.task !== 'string') throw fault('task', 'the id of a task');
  const present = Object.fromEntries(Object.entries(item).filter(([, value]) => value !== null));
  for (const field of texts) {
    if (field in present && typeof present[field] !== 'string') throw fault(field, 'a text');
  }
  for (const field of lists) {
    const value = present[field];
    const isList = Array.isArray(value) && value.every((tag) => typeof tag === 'string');
    if (value !== undefined && !isList) throw fault(field, 'a list of texts');
  }
  return present as unknown as Update & { task: string };
}
