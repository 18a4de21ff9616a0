import { batch, type Call, type Endpoint, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { lockForDeletion, lockOwners } from './access.ts';
import { discardEvents } from './deletion.ts';
import { type RawEvent, sortIntoColumns } from './events.ts';
import { storeColumns } from './store.ts';

/** Adding events, and deleting all of a task or model. */
export const writeEndpoints: Endpoint[] = [
  batch('events.add_batch', addEvents),
  write('events.add', (call, event) => addEvents(call, [event as RawEvent])),

  write('events.delete_for_task', async (call, { task, allow_locked }) => {
    await lockForDeletion(call, 'tasks', task, allow_locked);
    await discardEvents(call.db, task);
    return { deleted: true };
  }),

  write('events.delete_for_model', async (call, { model, allow_locked }) => {
    await lockForDeletion(call, 'models', model, allow_locked);
    await discardEvents(call.db, model);
    return { deleted: true };
  }),
];

async function addEvents(call: Call, events: readonly RawEvent[]): Promise<object> {
  const owners = await lockOwners(call, ownersOf(events));
  const worker = call.worker ?? '';
  const columns = sortIntoColumns(events, { owners, worker, now: call.now.getTime() });
  const { added } = columns;
  const refusals = columns.refusals();
  if (added === 0) {
    const reasons = Object.keys(refusals.errors_info).join('; ');
    throw new ClearmlError('events_not_added', reasons, { added, ...refusals });
  }
  await storeColumns(call, columns, owners);
  return { added, ...refusals };
}

/** Whom the events name; each id once. */
function ownersOf(events: readonly RawEvent[]): { tasks: string[]; models: string[] } {
  const tasks = new Set<string>();
  const models = new Set<string>();
  for (const { task, model_event } of events) {
    if (typeof task === 'string') (model_event === true ? models : tasks).add(task);
  }
  return { tasks: [...tasks], models: [...models] };
}
