import type {
  EndpointMapping,
  EndpointMappingInput,
  MachineMapping,
  MachineMappingInput,
  TaskMapping,
  TaskMappingInput,
} from '@arno/protocol';

// What stands in the fields of the forms, and what of it is sent. Fields have the server's names unless their unit differs.

/** A number field, empty for none. */
export type NumberText = number | '';

export interface CallableValues {
  alias: string;
  description: string;
  access: 'anyone' | 'listed' | 'keys';
  allowed_roles: string[];
  allowed_groups: string[];
  allowed_users: string[];
  calls_per_minute: NumberText;
  calls_per_day: NumberText;
  /** JSON as text, empty for none. */
  input_schema: string;
  example: string;
}

export interface TaskValues extends CallableValues {
  task_id: string;
  default_queue: string;
  anyQueue: boolean;
  queues: string[];
  priority: 'normal' | 'high';
  image: string;
  clone_project: string;
  clone_tags: string[];
}

export interface EndpointValues extends CallableValues {
  serving_task_id: string;
  endpoint: string;
  /** Seconds. */
  deadline: NumberText;
  /** MiB. */
  max_request: NumberText;
  max_answer: NumberText;
  fallback_mapping_id: string;
}

export interface MachineValues {
  serving_task_id: string;
  base_url: string;
  health_path: string;
  description: string;
}

const mebibyte = 2 ** 20;

/** Fields of the forms by the server's names, where they differ. */
export const fieldNames = {
  deadline_ms: 'deadline',
  max_request_bytes: 'max_request',
  max_answer_bytes: 'max_answer',
} as const;

function callableValues(row: Partial<TaskMapping & EndpointMapping>): CallableValues {
  return {
    alias: row.alias ?? '',
    description: row.description ?? '',
    access: row.access ?? 'anyone',
    allowed_roles: row.allowed_roles ?? [],
    allowed_groups: row.allowed_groups ?? [],
    allowed_users: row.allowed_users ?? [],
    calls_per_minute: row.calls_per_minute ?? '',
    calls_per_day: row.calls_per_day ?? '',
    input_schema: jsonText(row.input_schema),
    example: jsonText(row.example),
  };
}

export function taskValues(row: Partial<TaskMapping> = {}): TaskValues {
  return {
    ...callableValues(row),
    task_id: row.task_id ?? '',
    default_queue: row.default_queue ?? '',
    anyQueue: (row.queues ?? null) === null,
    queues: row.queues ?? [],
    priority: row.priority ?? 'normal',
    image: row.image ?? '',
    clone_project: row.clone_project ?? '',
    clone_tags: row.clone_tags ?? [],
  };
}

export function endpointValues(row: Partial<EndpointMapping> = {}): EndpointValues {
  return {
    ...callableValues(row),
    serving_task_id: row.serving_task_id ?? '',
    endpoint: row.endpoint ?? '',
    deadline: (row.deadline_ms ?? 30_000) / 1000,
    max_request: row.max_request_bytes ? row.max_request_bytes / mebibyte : '',
    max_answer: row.max_answer_bytes ? row.max_answer_bytes / mebibyte : '',
    fallback_mapping_id: row.fallback_mapping_id ?? '',
  };
}

export function machineValues(row: Partial<MachineMapping> = {}): MachineValues {
  const { serving_task_id = '', base_url = '', health_path = '', description = '' } = row;
  return { serving_task_id, base_url, health_path, description };
}

/** @throws SyntaxError for a text that is no JSON, which the form refuses before */
function callableInput(values: CallableValues) {
  const { alias, description, access, allowed_roles, allowed_groups, allowed_users } = values;
  return {
    // A new mapping gets one from the name of its task.
    ...(alias.trim() && { alias: alias.trim() }),
    ...{ description: description.trim(), access, allowed_roles, allowed_groups, allowed_users },
    calls_per_minute: orNull(values.calls_per_minute),
    calls_per_day: orNull(values.calls_per_day),
    input_schema: parsedJson(values.input_schema) as object | null,
    example: parsedJson(values.example),
  };
}

export function taskInput(values: TaskValues): TaskMappingInput {
  const { task_id, default_queue, anyQueue, queues, priority, image, clone_project, clone_tags } = values;
  return {
    ...callableInput(values),
    ...{ task_id, default_queue: default_queue.trim(), priority, clone_tags },
    queues: anyQueue ? null : queues,
    image: image.trim(),
    clone_project: clone_project.trim(),
  };
}

export function endpointInput(values: EndpointValues): EndpointMappingInput {
  const { serving_task_id, endpoint, deadline, max_request, max_answer, fallback_mapping_id } = values;
  return {
    ...callableInput(values),
    ...{ serving_task_id, endpoint: endpoint.trim(), fallback_mapping_id },
    deadline_ms: Math.round((deadline || 30) * 1000),
    max_request_bytes: bytes(max_request),
    max_answer_bytes: bytes(max_answer),
  };
}

export function machineInput(values: MachineValues): MachineMappingInput {
  const { serving_task_id, base_url, health_path, description } = values;
  return {
    serving_task_id,
    base_url: base_url.trim(),
    health_path: health_path.trim(),
    description: description.trim(),
  };
}

/** The fields of `after` that are others than before: what somebody else changed meanwhile stays theirs. */
export function changedFields<Input extends object>(before: Input, after: Input): Partial<Input> {
  const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => !same(value, before[name as keyof Input])),
  ) as Partial<Input>;
}

function orNull(value: NumberText): number | null {
  return value === '' ? null : value;
}

function bytes(mebibytes: NumberText): number | null {
  return mebibytes === '' ? null : Math.round(mebibytes * mebibyte);
}

function jsonText(value: unknown): string {
  return value === undefined || value === null ? '' : JSON.stringify(value, null, 2);
}

function parsedJson(text: string): unknown {
  return text.trim() === '' ? null : JSON.parse(text);
}
