import { type Call, type Endpoint, read, write } from '../../clearml/endpoint.ts';
import { ClearmlError } from '../../clearml/errors.ts';
import { wireDate } from '../../clearml/wire.ts';
import { findTask, lockTask } from '../tasks/index.ts';
import { clearEntries, moveEntry, popEntry, removeEntry } from './entries.ts';
import { queueToTakeFrom } from './handing-out.ts';
import { countEntries, peekEntry } from './queries.ts';
import { addTask, dequeueTask } from './queues.ts';
import { lockOwnQueue, lockQueue, requireQueue } from './store.ts';

/** What stands in a queue: look, take, add, remove, move. */
export function entryEndpoints(holdSeconds: number): Endpoint[] {
  return [...entryReads, nextTask(holdSeconds), ...entryWrites, ...moves];
}

const entryReads: Endpoint[] = [
  read('queues.get_num_entries', async (call, { queue: id }) => {
    const queue = await requireQueue(call, id);
    return { num: await countEntries(call, queue.id) };
  }),

  read('queues.peek_task', async (call, { queue: id }) => {
    const queue = await requireQueue(call, id);
    const task = await peekEntry(call, queue.id);
    return task === undefined ? {} : { task };
  }),
];

function nextTask(holdSeconds: number): Endpoint {
  return write('queues.get_next_task', async (call, { queue: id, task, get_task_info }) => {
    const queue = await queueToTakeFrom(call, id);
    const entry = await popEntry(call, queue.id, { seconds: holdSeconds, task });
    if (!entry) return {};
    const owner = get_task_info ? await findTask(call, entry.task_id) : undefined;
    return {
      entry: { task: entry.task_id, added: wireDate(entry.added) },
      ...(owner && { task_info: { company: owner.company, user: owner.user_id } }),
    };
  });
}

const entryWrites: Endpoint[] = [
  write('queues.add_task', async (call, { queue, task, update_execution_queue }) => {
    await addTask(call, queue, task, update_execution_queue);
    return { added: 1 };
  }),

  write('queues.remove_task', async (call, { queue: id, task, update_task_status }) => {
    const queue = await requireQueue(call, id);
    await requireRight(call, id, task);
    if (!(await removeEntry(call, queue.id, task))) throw notQueued(id, task);
    if (update_task_status) await dequeueTask(call, task);
    return { removed: 1 };
  }),

  write('queues.clear_queue', async (call, { queue: id }) => {
    const queue = await lockOwnQueue(call, id);
    const reason = `queue ${queue.name} was cleared`;
    return { removed_tasks: await clearEntries(call, queue.id, { held: false, reason }) };
  }),
];

/** Further than any queue is long. */
const toTheEnd = 2 ** 31;

const moves: Endpoint[] = [
  write('queues.move_task_forward', (call, { queue, task, count = 1 }) => move(call, queue, task, -count)),
  write('queues.move_task_backward', (call, { queue, task, count = 1 }) => move(call, queue, task, count)),
  write('queues.move_task_to_front', (call, { queue, task }) => move(call, queue, task, -toTheEnd)),
  write('queues.move_task_to_back', (call, { queue, task }) => move(call, queue, task, toTheEnd)),
];

async function move(call: Call, id: string, task: string, steps: number): Promise<{ position: number }> {
  await requireRight(call, id, task);
  const queue = await lockQueue(call, id);
  const position = await moveEntry(call, queue.id, task, Math.min(Math.max(steps, -toTheEnd), toTheEnd));
  if (position === undefined) throw notQueued(id, task);
  return { position };
}

/** Whoever may not see a task learns nothing of where it waits; whoever may only read it gets 403/21. */
async function requireRight(call: Call, queue: string, task: string): Promise<void> {
  if (!(await findTask(call, task))) throw notQueued(queue, task);
  await lockTask(call, task);
}

function notQueued(queue: string, task: string): ClearmlError {
  return new ClearmlError('invalid_queue_or_task_not_queued', `queue=${queue}, task=${task}`);
}
