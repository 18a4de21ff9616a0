import { Type } from 'typebox';
import { exactly } from './common.ts';

/**
 * What the fields of a mapping can be chosen from: tasks for who edits mappings, the rest for who reads them. It is asked of where the tasks are, which may be another
 * ClearML server: then names and ids of tasks are all that is known.
 *
 *   GET    mapping-options/tasks?q&serving -> {items: TaskOption[]}     the likeliest first, at most 20
 *   GET    mapping-options/queues?q -> {items: QueueOption[]}           by name, at most 100
 *   GET    mapping-options/callers?q&ids -> CallerOptions
 */

export const optionsQuery = Type.Object({ q: Type.Optional(Type.String({ maxLength: 200 })) }, exactly);

export const taskOptionsQuery = Type.Object(
  {
    /** In the name, or the beginning of the id. */
    q: Type.Optional(Type.String({ maxLength: 200 })),
    /** Serving tasks come first: those of mappings, then services. */
    serving: Type.Optional(Type.Boolean()),
  },
  exactly,
);

export const callerOptionsQuery = Type.Object(
  {
    q: Type.Optional(Type.String({ maxLength: 200 })),
    /** Of people who are wanted too, whatever `q` finds, with commas between them. */
    ids: Type.Optional(Type.String({ maxLength: 20_000 })),
  },
  exactly,
);

export interface TaskOption {
  id: string;
  name: string;
  /** Path of its project. */
  project?: string;
  type?: string;
  /** Of the task mapping that publishes it already. */
  alias?: string;
}

export interface QueueOption {
  name: string;
}

/** Who a mapping may name. */
export interface CallerOptions {
  /** Those asked for and at most 20 that were found, by name. */
  users: { id: string; name: string; username: string }[];
  /** Ours, and what the identity provider said of people when they last came. */
  roles: string[];
  groups: string[];
}
