import { type Static, Type } from 'typebox';
import { exactly } from './common.ts';
import { healthPath, type MachineState } from './machines.ts';

/**
 * The three registrations: read by developers and edited by admins. PATCH takes any part of what POST takes; an empty text clears an
 * optional field.
 *
 *   GET    task-mappings?q&…&order&page&page_size -> Page<TaskMapping>;  POST -> TaskMapping
 *   GET    task-mappings/:id -> TaskMapping;  PATCH -> TaskMapping;  DELETE -> MappingDeleted
 *   GET    task-mappings/usage?ids=…                  -> {items: MappingUsage[]}: what would break without them
 *   GET    endpoint-mappings, machine-mappings        the same
 *   POST   audit/:id/restore -> MappingRestored       undoes the deletion that an entry of the audit list is about
 */

const pages = {
  /** Anywhere in the names, ids and texts of a mapping, whatever its case. */
  q: Type.Optional(Type.String({ maxLength: 200 })),
  /** Counted from 1. */
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
};
/** A column, with `-` before it for descending; the newest first without it. */
const orderBy = (...columns: string[]) =>
  Type.Optional(
    Type.Enum([...columns, ...columns.map((column) => `-${column}`)], {
      description: `one of ${columns.join(', ')}, with - before it for descending`,
    }),
  );
const accessFilter = Type.Optional(Type.Enum(['anyone', 'listed', 'keys']));
const servingFilter = Type.Optional(Type.String({ minLength: 1, maxLength: 200 }));

export const taskMappingsQuery = Type.Object(
  {
    ...pages,
    order: orderBy('alias', 'task_name', 'default_queue', 'access', 'created', 'updated'),
    access: accessFilter,
    /** Its default queue. */
    queue: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  },
  exactly,
);
export const endpointMappingsQuery = Type.Object(
  {
    ...pages,
    order: orderBy('alias', 'task_name', 'endpoint', 'access', 'deadline_ms', 'created', 'updated'),
    access: accessFilter,
    serving_task_id: servingFilter,
  },
  exactly,
);
export const machineMappingsQuery = Type.Object(
  {
    ...pages,
    order: orderBy('base_url', 'task_name', 'created', 'updated'),
    serving_task_id: servingFilter,
  },
  exactly,
);

/** As many as a page of the list has at most. */
export const mappingUsageQuery = Type.Object(
  {
    ids: Type.String({
      pattern: '^[0-9a-f]{32}(,[0-9a-f]{32}){0,499}$',
      description: 'at most 500 ids, with commas between them',
    }),
  },
  exactly,
);

const description = Type.Optional(Type.String({ maxLength: 4000 }));
// Descriptions are the words of the error when a value does not fit.
const alias = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,62}$',
  description: 'lower-case letters, digits and dashes, at most 63, beginning with a letter or digit',
});
const taskId = Type.String({
  pattern: '^[0-9a-f]{30,64}$',
  description: 'the id of a task: 32 lower-case hex digits',
});

const names = (description: string) =>
  Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 100, description }));
/** A number, or null for no limit. */
const limit = (maximum: number) =>
  Type.Optional(
    Type.Unsafe<number | null>({
      type: ['integer', 'null'],
      ...{ minimum: 1, maximum, description: `a whole number from 1 to ${maximum}, or null for no limit` },
    }),
  );

/** Who may call a task or endpoint mapping, beside its consumer keys, and how often each caller may. */
const rightsAndLimits = {
  /** `anyone` with a valid token (default), those `listed` below, or nobody but consumer `keys`. */
  access: Type.Optional(
    Type.Enum(['anyone', 'listed', 'keys'], { description: 'one of anyone, listed and keys' }),
  ),
  /** Ours, which include the weaker ones, or the identity provider's. */
  allowed_roles: names('a list of at most 100 names of roles'),
  /** The identity provider's, whole: `lab/vision`. */
  allowed_groups: names('a list of at most 100 names of groups'),
  allowed_users: names('a list of at most 100 ids of users'),
  calls_per_minute: limit(1_000_000),
  calls_per_day: limit(1_000_000_000),
};
const mappingRights = Type.Object(rightsAndLimits);
export type MappingRightsInput = Static<typeof mappingRights>;

/** What calls of a mapping look like. */
const inputFields = {
  /** JSON Schema of the body, draft 2020-12 or draft-07; null is none. With one, a call must be JSON that fits it. */
  input_schema: Type.Optional(
    Type.Unsafe<object | null>({
      type: ['object', 'null'],
      description: 'a JSON Schema as an object, or null',
    }),
  ),
  /** A body that fits it; null is none. */
  example: Type.Optional(Type.Unknown()),
};

export const taskMappingInput = Type.Object(
  {
    task_id: taskId,
    default_queue: Type.String({ minLength: 1, maxLength: 200 }),
    alias: Type.Optional(alias),
    description,
    /** Container image the clones run in; without it the agent's default serves. */
    image: Type.Optional(Type.String({ maxLength: 500 })),
    /** Queues beside the default one that a call may name: null any, an empty list none. */
    queues: Type.Optional(
      Type.Unsafe<string[] | null>({
        type: ['array', 'null'],
        ...{ items: { type: 'string', minLength: 1, maxLength: 200 }, maxItems: 100, uniqueItems: true },
        description: 'a list of at most 100 names of queues, or null for any queue',
      }),
    ),
    /** `high` goes before all that is not; `normal` unless told. */
    priority: Type.Optional(Type.Enum(['normal', 'high'], { description: 'one of normal and high' })),
    /** Path of the project for the clones, made when it is missing; an empty text is that of the template. */
    clone_project: Type.Optional(Type.String({ maxLength: 1000 })),
    /** Tags of the clones, beside those of the template. */
    clone_tags: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
        maxItems: 50,
        description: 'a list of at most 50 tags',
      }),
    ),
    ...inputFields,
    ...rightsAndLimits,
  },
  exactly,
);

export const endpointMappingInput = Type.Object(
  {
    serving_task_id: taskId,
    endpoint: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,199}$',
      description: 'letters, digits, dots, dashes, underscores and slashes, at most 200',
    }),
    alias: Type.Optional(alias),
    description,
    /**
     * Milliseconds until a call is given up; default 30,000. A stream of server-sent events may last longer, with no longer a
     * silence than this.
     */
    deadline_ms: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600_000 })),
    /** Bytes of a request and of an answer; without one the gateway's own limit holds. */
    max_request_bytes: limit(2 ** 31 - 1),
    max_answer_bytes: limit(2 ** 31 - 1),
    /** Id of the task mapping that takes the calls when no machine can; an empty text is none. */
    fallback_mapping_id: Type.Optional(Type.String({ maxLength: 200 })),
    ...inputFields,
    ...rightsAndLimits,
  },
  exactly,
);

export const machineMappingInput = Type.Object(
  {
    serving_task_id: taskId,
    base_url: Type.String({ minLength: 1, maxLength: 2000 }),
    health_path: healthPath,
    description,
  },
  exactly,
);

interface Mapping {
  id: string;
  public_id: string;
  created_at: string;
  updated_at: string;
}
export type TaskMappingInput = Static<typeof taskMappingInput>;
export type EndpointMappingInput = Static<typeof endpointMappingInput>;
export type MachineMappingInput = Static<typeof machineMappingInput>;
export type TaskMapping = Mapping & TaskMappingInput & { alias: string; task_name?: string };
export type EndpointMapping = Mapping & EndpointMappingInput & { alias: string; serving_task_name?: string };
export type MachineMapping = Mapping &
  MachineMappingInput & { serving_task_name?: string; health?: MachineState };

export const restorePath = Type.Object({
  id: Type.String({ pattern: '^[0-9]{1,15}$', description: 'the id of an entry of the audit list' }),
});

/** What uses a mapping: what would break without it. */
export interface MappingUsage {
  id: string;
  /** Alias or base URL. */
  name: string;
  /** Endpoint mappings that send it what no machine could take. */
  fallback_of: { id: string; alias: string }[];
  /** Of a serving machine: the endpoint mappings of its serving task, and how many other machines carry that. */
  endpoints: { id: string; alias: string }[];
  other_machines: number;
  /** Consumer keys that have not expired. */
  keys: number;
  calls_7d: number;
  /** Queued or running calls. They go on, but for callbacks of a task mapping's. */
  open_calls: number;
}

/** The deletion's entry in the audit list; for a day `POST audit/:id/restore` undoes it. */
export interface MappingDeleted {
  audit_id: string;
}

/** The mapping is back with its id, public id, alias, rights and keys. */
export interface MappingRestored {
  subject: 'task_mapping' | 'endpoint_mapping' | 'machine_mapping';
  id: string;
}
