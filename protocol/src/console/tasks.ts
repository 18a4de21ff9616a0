import { type Static, Type } from 'typebox';
import type { TaskStatusEnum } from '../clearml/generated/tasks.ts';
import { exactly } from './common.ts';

/**
 * The list of tasks that the caller may read, without those that are archived or hidden. One task the console reads through the
 * ClearML API.
 *
 *   GET tasks?…&order&after|before&limit -> TasksPage
 *   GET tasks/count?… -> TasksCount                       how many the list has in all
 *   GET tasks/choices?of&q&id -> {items: TaskChoice[]}    what a filter can be set to
 */

const someId = Type.Optional(Type.String({ minLength: 1, maxLength: 200 }));
const tag = Type.String({ minLength: 1, maxLength: 1000 });
const words = (description: string) =>
  Type.Optional(Type.String({ pattern: '^[a-z_]{1,30}(,[a-z_]{1,30}){0,19}$', description }));

/** Which tasks are meant; all conditions together. */
const taskFilter = {
  /** One of several, with commas between them. */
  status: words('statuses such as failed,stopped'),
  type: words('types such as training,inference'),
  /** The project with all below it. */
  project_id: someId,
  user_id: someId,
  /** Given several times, a task has all of them. */
  tag: Type.Optional(
    Type.Union([tag, Type.Array(tag, { maxItems: 20 })], { description: 'a tag, or up to 20' }),
  ),
  /** Anywhere in the name, whatever its case; or the beginning of the id. */
  q: Type.Optional(Type.String({ maxLength: 200 })),
};

export const tasksCountQuery = Type.Object(taskFilter, exactly);
export type TaskFilterQuery = Static<typeof tasksCountQuery>;

/** What the list can be ordered by. */
export const taskOrders = ['last_update', 'created', 'name', 'status', 'type'] as const;
export type TaskOrder = (typeof taskOrders)[number];

export const tasksQuery = Type.Object(
  {
    ...taskFilter,
    /** `-` before it for descending; `-last_update` without it. */
    order: Type.Optional(
      Type.Enum(
        taskOrders.flatMap((order) => [order, `-${order}` as const]),
        { description: `one of ${taskOrders.join(', ')}, with - before it for descending` },
      ),
    ),
    /** `next` of the page before. */
    after: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,2000}$' })),
    /** `previous` of the page behind, or `end` for the last page. */
    before: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,2000}$' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  },
  exactly,
);
export type TasksQuery = Static<typeof tasksQuery>;

export const taskChoicesQuery = Type.Object(
  {
    of: Type.Enum(['project', 'user', 'tag'], { description: 'one of project, user and tag' }),
    /** Found anywhere in the label, whatever its case. */
    q: Type.Optional(Type.String({ maxLength: 200 })),
    /** Only this one: for the label of a filter that is known by its id. */
    id: someId,
  },
  exactly,
);

export interface TasksPage {
  items: TaskSummary[];
  /** Where the next page begins; absent on the last one. */
  next?: string;
  /** Where the page before ends; absent on the first one. */
  previous?: string;
}

export interface TasksCount {
  total: number;
  /** There are more than `total`: counting stopped there. */
  more: boolean;
}

/** As the ClearML protocol has them. */
export type TaskStatus = TaskStatusEnum;

/** A row of the list. Times ISO 8601. */
export interface TaskSummary {
  id: string;
  name: string;
  type: string;
  status: TaskStatus;
  tags: string[];
  /** Without a name the caller may not see it, or it is no more. */
  project?: { id: string; name?: string };
  user: { id: string; name?: string };
  created_at: string;
  started_at?: string;
  /** When it ended by itself or was stopped; a task that runs again may keep an older end. */
  completed_at?: string;
  status_changed_at: string;
  last_update_at: string;
  last_iteration: number;
  /** Id of the worker that ran it last. */
  worker?: string;
}

/** Something that tasks can be filtered by. */
export interface TaskChoice {
  id: string;
  label: string;
}
