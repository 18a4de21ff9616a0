import {
  type EndpointMapping,
  type EndpointMappingInput,
  endpointMappingInput,
  endpointMappingsQuery,
  type MachineMapping,
  type MachineMappingInput,
  type MachineState,
  type MappingDeleted,
  machineMappingInput,
  machineMappingsQuery,
  type Page,
  type TaskMapping,
  type TaskMappingInput,
  taskMappingInput,
  taskMappingsQuery,
} from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import { type TObject, Type } from 'typebox';
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
  query: TObject;
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
    query: taskMappingsQuery,
    input: taskMappingInput,
    create: (scope, input: TaskMappingInput) => createTaskMapping(scope, input, tasks),
    update: (scope, id, changes) => updateTaskMapping(scope, id, changes, tasks),
    wire: taskMapping,
  });
  crud(app, options, {
    path: '/endpoint-mappings',
    table: 'endpoint_mappings',
    query: endpointMappingsQuery,
    input: endpointMappingInput,
    create: (scope, input: EndpointMappingInput) => createEndpointMapping(scope, input, tasks),
    update: (scope, id, changes) => updateEndpointMapping(scope, id, changes, tasks),
    wire: endpointMapping,
  });
  crud(app, options, {
    path: '/machine-mappings',
    table: 'machine_mappings',
    query: machineMappingsQuery,
    input: machineMappingInput,
    create: (scope, input: MachineMappingInput) => createMachineMapping(scope, addresses, input, tasks),
    update: (scope, id, changes) => updateMachineMapping(scope, addresses, id, changes, tasks),
    wire: (row) => ({ ...machineMapping(row), ...healthOf(machines.state(row)) }),
  });
}

/** What a list is asked for; the schema of each kind says which of it there is. */
interface ListQuery {
  q?: string;
  page?: number;
  page_size?: number;
  order?: string;
  access?: string;
  queue?: string;
  serving_task_id?: string;
}

type IdPath = { Params: { id: string } };

function crud<Table extends MappingTable, Input, Wire>(
  app: FastifyInstance,
  options: ConsoleOptions,
  kind: Kind<Table, Input, Wire>,
): void {
  readRoutes(app, options, kind);
  editRoutes(app, options, kind);
}

/** @throws ConsoleApiError not_found */
async function readOne<Table extends MappingTable, Input, Wire>(
  { tasks }: ConsoleOptions,
  { table, wire }: Kind<Table, Input, Wire>,
  scope: Scope,
  id: string,
): Promise<Wire> {
  const row = await findMapping(scope, table, id);
  if (!row) throw notFound('mapping');
  const [named = row] = await withTaskNames(tasks, [row]);
  return wire(named);
}

function readRoutes<Table extends MappingTable, Input, Wire>(
  app: FastifyInstance,
  options: ConsoleOptions,
  kind: Kind<Table, Input, Wire>,
): void {
  const { db, tasks } = options;
  const { path, table, query, wire } = kind;
  const readers = { config: { roles: ['admin', 'developer'] } } as const;

  app.get<{ Querystring: ListQuery }>(
    path,
    { ...readers, schema: { querystring: query } },
    async (request) => {
      const { page = 1, page_size: limit = defaultPageSize, q, order, queue, ...rest } = request.query;
      const equals = { ...rest, default_queue: queue };
      const list = { q, order, equals, limit, offset: (page - 1) * limit };
      const { rows, total } = await listMappings(scopeOf(db, request), table, list);
      return { items: (await withTaskNames(tasks, rows)).map(wire), total } satisfies Page<Wire>;
    },
  );

  app.get<IdPath>(`${path}/:id`, readers, (request) =>
    readOne(options, kind, scopeOf(db, request), request.params.id),
  );
}

function editRoutes<Table extends MappingTable, Input, Wire>(
  app: FastifyInstance,
  options: ConsoleOptions,
  kind: Kind<Table, Input, Wire>,
): void {
  const { db, serving } = options;
  const { path, table, input, create, update } = kind;
  const editors = { config: { roles: ['admin'] } } as const;

  app.post(path, { ...editors, schema: { body: input } }, async (request, reply) => {
    const created = await inTransaction(db, async (transaction) => {
      const scope = scopeOf(transaction, request);
      return readOne(options, kind, scope, await create(scope, request.body as Input));
    });
    serving.changed();
    return reply.code(201).send(created);
  });

  const changes = Type.Partial(input, { additionalProperties: false });
  app.patch<IdPath>(`${path}/:id`, { ...editors, schema: { body: changes } }, async (request) => {
    const changed = await inTransaction(db, async (transaction) => {
      const scope = scopeOf(transaction, request);
      await update(scope, request.params.id, request.body as Partial<Input>);
      return readOne(options, kind, scope, request.params.id);
    });
    serving.changed();
    return changed;
  });

  app.delete<IdPath>(`${path}/:id`, editors, async (request): Promise<MappingDeleted> => {
    const entry = await inTransaction(db, (transaction) =>
      removeMapping(scopeOf(transaction, request), table, request.params.id),
    );
    if (entry === undefined) throw notFound('mapping');
    serving.changed();
    return { audit_id: `${entry}` };
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
