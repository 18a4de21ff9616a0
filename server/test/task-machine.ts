/**
 * A small model of what the protocol says of tasks and queues: statuses, their legal moves, who waits where. It knows no
 * database and no HTTP; the property test compares the server with it.
 */

export type Status =
  | 'created'
  | 'queued'
  | 'in_progress'
  | 'stopped'
  | 'closed'
  | 'failed'
  | 'completed'
  | 'published';

export interface Task {
  status: Status;
  archived: boolean;
  /** What it was before it was queued, until something takes it back there. */
  before: Status | undefined;
}

/** Slots of tasks, empty before a creation and after a deletion; queues hold slots in their order. */
export interface World {
  tasks: (Task | undefined)[];
  queues: number[][];
}

type Plain = 'create' | 'dequeue' | 'stop' | 'archive' | 'unarchive';

export type Command =
  | { [Call in Plain]: { call: Call; task: number } }[Plain]
  | { call: 'enqueue'; task: number; queue: number }
  | { call: 'next'; queue: number }
  | { call: Forceable; task: number; force: boolean };

export type Forceable =
  | 'edit'
  | 'started'
  | 'stopped'
  | 'failed'
  | 'completed'
  | 'close'
  | 'publish'
  | 'reset'
  | 'delete';

export interface Expected {
  code: string;
  /** Which slot's task `get_next_task` gives; undefined for none. */
  given?: number | undefined;
}

// Written out again on purpose, from the protocol's table: a copy of the server's own would agree with any mistake in it.
const legal: Record<Status, readonly Status[]> = {
  created: ['queued', 'in_progress'],
  queued: ['created', 'in_progress', 'stopped'],
  in_progress: ['stopped', 'failed', 'created', 'completed'],
  stopped: ['closed', 'created', 'failed', 'queued', 'in_progress', 'published', 'completed'],
  closed: ['created', 'failed', 'published', 'stopped'],
  failed: ['created', 'stopped', 'published', 'queued'],
  completed: ['published', 'in_progress', 'created'],
  published: [],
};

const targets = {
  started: 'in_progress',
  stopped: 'stopped',
  failed: 'failed',
  completed: 'completed',
  close: 'closed',
  publish: 'published',
} as const satisfies Partial<Record<Forceable, Status>>;

const ok: Expected = { code: '200/0' };
const unknownTask: Expected = { code: '400/101' };

/** Applies a command to the world and says how the server must answer. A refused command changes nothing. */
export function apply(world: World, command: Command): Expected {
  if (command.call === 'next') return { ...ok, given: world.queues[command.queue]?.shift() };
  if (command.call === 'create') return create(world, command.task);
  const task = world.tasks[command.task];
  // An agent that lets go of a task which is gone meanwhile is not in error.
  if (!task) return command.call === 'dequeue' ? ok : unknownTask;
  switch (command.call) {
    case 'enqueue':
      return enqueue(world, command.task, task, command.queue);
    case 'dequeue':
      return dequeue(world, command.task, task);
    case 'stop':
      // No worker reports in this world, so a stop takes effect at once.
      return move(world, command.task, task, 'stopped', false);
    case 'archive':
      return archive(world, command.task, task);
    case 'unarchive':
      task.archived = false;
      return ok;
    case 'edit':
      return task.status === 'created' || command.force ? ok : { code: '400/110' };
    case 'reset':
      return reset(world, command.task, task, command.force);
    case 'delete':
      return remove(world, command.task, task, command.force);
    default:
      return move(world, command.task, task, targets[command.call], command.force);
  }
}

function create(world: World, slot: number): Expected {
  world.tasks[slot] ??= { status: 'created', archived: false, before: undefined };
  return ok;
}

function move(world: World, slot: number, task: Task, status: Status, force: boolean): Expected {
  if (task.status !== status && !legal[task.status].includes(status) && !force) return { code: '400/121' };
  leaveQueues(world, slot);
  task.status = status;
  return ok;
}

function enqueue(world: World, slot: number, task: Task, queue: number): Expected {
  if (task.status !== 'queued' && !legal[task.status].includes('queued')) return { code: '400/121' };
  // Said twice, it keeps its place.
  if (world.queues[queue]?.includes(slot)) return ok;
  if (task.status !== 'queued') task.before = task.status;
  leaveQueues(world, slot);
  world.queues[queue]?.push(slot);
  task.status = 'queued';
  return ok;
}

function dequeue(world: World, slot: number, task: Task): Expected {
  leaveQueues(world, slot);
  if (task.status === 'queued' || task.status === 'in_progress') goBack(task);
  return ok;
}

function archive(world: World, slot: number, task: Task): Expected {
  leaveQueues(world, slot);
  if (task.status === 'queued') goBack(task);
  else if (task.status === 'in_progress') task.status = 'stopped';
  task.archived = true;
  return ok;
}

function goBack(task: Task): void {
  task.status = task.before ?? 'created';
  task.before = undefined;
}

function reset(world: World, slot: number, task: Task, force: boolean): Expected {
  if (task.status === 'published' && !force) return { code: '400/110' };
  leaveQueues(world, slot);
  task.status = 'created';
  task.before = undefined;
  return ok;
}

function remove(world: World, slot: number, task: Task, force: boolean): Expected {
  if (task.status !== 'created' && !task.archived && !force) return { code: '400/123' };
  leaveQueues(world, slot);
  world.tasks[slot] = undefined;
  return ok;
}

function leaveQueues(world: World, slot: number): void {
  world.queues = world.queues.map((entries) => entries.filter((entry) => entry !== slot));
}
