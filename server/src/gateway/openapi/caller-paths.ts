import type { CallableModel, CallableTask } from '@arno/protocol';
import { operationObject } from './document.ts';
import { type Operation, operations } from './operations.ts';

type Json = Record<string, unknown>;

/** A path for each task and model of a caller, which says what its input looks like. */
export function callerPaths(tasks: readonly CallableTask[], models: readonly CallableModel[]): Json {
  return Object.fromEntries([...tasks.map(taskPath), ...models.map(modelPath)]);
}

function taskPath(task: CallableTask): [path: string, item: Json] {
  const { alias, example, queues, input_schema } = task;
  const properties = {
    params: embedded(`task:${alias}`, input_schema),
    queue: { type: 'string', ...(queues && { enum: queues }) },
    callback_url: { type: 'string' },
  };
  const body = {
    schema: { type: 'object', properties, additionalProperties: false },
    ...(example !== undefined && { example: { params: example } }),
  };
  return pathOf('callTask', task, body);
}

function modelPath(model: CallableModel): [path: string, item: Json] {
  const { alias, example, input_schema } = model;
  const body = {
    schema: embedded(`model:${alias}`, input_schema),
    ...(example !== undefined && { example }),
  };
  return pathOf('callModel', model, body);
}

/** The operation that takes an alias, for one of them. */
function pathOf(
  id: string,
  { alias, description }: { alias: string; description: string },
  body: Json,
): [string, Json] {
  const general = operations.find((operation) => operation.id === id) as Operation;
  const path = general.path.replace('{alias}', alias);
  const operation = { ...general, path, id: `${id}_${alias}`, summary: `${general.summary}: ${alias}` };
  const described = description ? { ...operation, description } : operation;
  return [
    path,
    { post: { ...operationObject(described), requestBody: { content: { 'application/json': body } } } },
  ];
}

/** With an `$id` of its own, references such as `#/$defs/x` lead into the schema and not into the whole document. */
function embedded(name: string, schema: unknown): Json {
  return typeof schema === 'object' && schema !== null ? { $id: `urn:arno:${name}`, ...schema } : {};
}
