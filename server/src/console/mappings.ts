import {
  type EndpointMapping,
  type EndpointMappingInput,
  endpointMappingInput,
  type MachineMapping,
  type MachineMappingInput,
  type MachineState,
  machineMappingInput,
  mappingsQuery,
  type Page,
  type TaskMapping,
  type TaskMappingInput,
  taskMappingInput,
} from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import { type Static, type TObject, Type } from 'typebox';
import type { Scope } from '../clearml/endpoint.ts';
import {
  createEndpointMapping,
  createMachineMapping,
  createTaskMapping,
  findMapping,
  listMappings,
  type MappingRow,
  type MappingTable,
  removeMapping,
  rightsOf,
  taskMappingInputOf,
  updateEndpointMapping,
  updateMachineMapping,
  updateTaskMapping,
} from '../features/mappings/index.ts';
import { inTransaction } from '../platform/database.ts';
import { type ConsoleOptions, scopeOf } from './context.ts';
import { notFound } from './errors.ts';
import { withTaskNames } from './mapping-names.ts';

const defaultPageSize = 25;

/** What differs between the three kinds of mappings. */
interface Kind<Table extends MappingTable, Input, Wire> {
  path: string;
  table: Table;
  input: TObject;
  create(scope: Scope, input: Input): Promise<string>;
  update(scope: Scope, id: string, changes: Partial<Input>): Promise<boolean>;
  wire(row: MappingRow<Table>): Wire;
}

/** The three registrations: developers read them, admins edit them. */
export function mappingRoutes(app: FastifyInstance, options: ConsoleOptions): void {
  const { addresses, machines } = options.serving;
  const { tasks } = options;
  crud(app, options, {
    path: '/task-mappings',
    table: 'task_mappings',
    input: taskMappingInput,
    create: (scope, input: TaskMappingInput) => createTaskMapping(scope, input, tasks),
    update: (scope, id, changes) => updateTaskMapping(scope, id, changes, tasks),
    wire: taskMapping,
  });
  crud(app, options, {
    path: '/endpoint-mappings',
    table: 'endpoint_mappings',
    input: endpointMappingInput,
    create: (scope, input: EndpointMappingInput) => createEndpointMapping(scope, input, tasks),
    update: (scope, id, changes) => updateEndpointMapping(scope, id, changes, tasks),
    wire: endpointMapping,
  });
  crud(app, options, {
    path: '/machine-mappings',
    table: 'machine_mappings',
    input: machineMappingInput,
    create: (scope, input: MachineMappingInput) => createMachineMapping(scope, addresses, input, tasks),
    update: (scope, id, changes) => updateMachineMapping(scope, addresses, id, changes, tasks),
    wire: (row) => ({ ...machineMapping(row), ...healthOf(machines.state(row)) }),
  });
}

type IdPath = { Params: { id: string } };

function crud<Table extends MappingTable, Input, Wire>(
  app: FastifyInstance,
  { db, serving, tasks }: ConsoleOptions,
  { path, table, input, create, update, wire }: Kind<Table, Input, Wire>,
): void {
  const readers = { config: { roles: ['admin', 'developer'] } } as const;
  const editors = { config: { roles: ['admin'] } } as const;
  const one = async (scope: Scope, id: string) => {
    const row = await findMapping(scope, table, id);
    if (!row) throw notFound('mapping');
    return (await withTaskNames(tasks, [row])).map(wire)[0];
  };

  app.get<{ Querystring: Static<typeof mappingsQuery> }>(
    path,
    { ...readers, schema: { querystring: mappingsQuery } },
    async (request) => {
      const { q, page = 1, page_size: limit = defaultPageSize } = request.query;
      const list = { q, limit, offset: (page - 1) * limit };
      const { rows, total } = await listMappings(scopeOf(db, request), table, list);
      return { items: (await withTaskNames(tasks, rows)).map(wire), total } satisfies Page<Wire>;
    },
  );

  app.post(path, { ...editors, schema: { body: input } }, async (request, reply) => {
    const created = await inTransaction(db, async (transaction) => {
      const scope = scopeOf(transaction, request);
      return one(scope, await create(scope, request.body as Input));
    });
    serving.changed();
    return reply.code(201).send(created);
  });

  app.get<IdPath>(`${path}/:id`, readers, (request) => one(scopeOf(db, request), request.params.id));

  const changes = Type.Partial(input, { additionalProperties: false });
  app.patch<IdPath>(`${path}/:id`, { ...editors, schema: { body: changes } }, async (request) => {
    const changed = await inTransaction(db, async (transaction) => {
      const scope = scopeOf(transaction, request);
      await update(scope, request.params.id, request.body as Partial<Input>);
      return one(scope, request.params.id);
    });
    serving.changed();
    return changed;
  });

  app.delete<IdPath>(`${path}/:id`, editors, async (request, reply) => {
    if (!(await removeMapping(scopeOf(db, request), table, request.params.id))) throw notFound('mapping');
    serving.changed();
    return reply.code(204).send();
  });
}

function common({ id, public_id, description, created, updated }: MappingRow<MappingTable>) {
  const dates = { created_at: created.toISOString(), updated_at: updated.toISOString() };
  return { id, public_id, description, ...dates };
}

function taskMapping(row: MappingRow<'task_mappings'>): TaskMapping {
  const { image, clone_project, input_schema, example, ...input } = taskMappingInputOf(row);
  return {
    ...common(row),
    ...input,
    ...(image && { image }),
    ...(clone_project && { clone_project }),
    ...(input_schema && { input_schema }),
    ...(example !== null && { example }),
    ...(row.task_name && { task_name: row.task_name }),
  };
}

function endpointMapping(row: MappingRow<'endpoint_mappings'>): EndpointMapping {
  const { alias, serving_task_id, endpoint, deadline_ms, task_name } = row;
  const { max_request_bytes, max_answer_bytes, fallback_mapping_id, input_schema, example } = row;
  return {
    ...common(row),
    ...{ alias, serving_task_id, endpoint, deadline_ms, max_request_bytes, max_answer_bytes },
    ...(fallback_mapping_id && { fallback_mapping_id }),
    ...(input_schema !== null && { input_schema: input_schema as object }),
    ...(example !== null && { example }),
    ...(task_name && { serving_task_name: task_name }),
    ...rightsOf(row),
  };
}

function machineMapping(row: MappingRow<'machine_mappings'>): MachineMapping {
  const { serving_task_id, base_url, health_path, task_name } = row;
  const optional = {
    ...(health_path && { health_path }),
    ...(task_name && { serving_task_name: task_name }),
  };
  return { ...common(row), serving_task_id, base_url, ...optional };
}

function healthOf(health: MachineState | undefined): { health?: MachineState } {
  return health ? { health } : {};
}
