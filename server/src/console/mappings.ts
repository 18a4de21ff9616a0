import {
  type EndpointMapping,
  endpointMappingInput,
  type MachineMapping,
  type MachineMappingInput,
  machineMappingInput,
  mappingsQuery,
  type Page,
  type TaskMapping,
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
  updateEndpointMapping,
  updateMachineMapping,
  updateTaskMapping,
} from '../features/mappings/index.ts';
import { inTransaction } from '../platform/database.ts';
import { type ConsoleOptions, scopeOf } from './context.ts';
import { notFound } from './errors.ts';

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
  const { addresses } = options;
  crud(app, options, {
    path: '/task-mappings',
    table: 'task_mappings',
    input: taskMappingInput,
    create: createTaskMapping,
    update: updateTaskMapping,
    wire: taskMapping,
  });
  crud(app, options, {
    path: '/endpoint-mappings',
    table: 'endpoint_mappings',
    input: endpointMappingInput,
    create: createEndpointMapping,
    update: updateEndpointMapping,
    wire: endpointMapping,
  });
  crud(app, options, {
    path: '/machine-mappings',
    table: 'machine_mappings',
    input: machineMappingInput,
    create: (scope, input: MachineMappingInput) => createMachineMapping(scope, addresses, input),
    update: (scope, id, changes) => updateMachineMapping(scope, addresses, id, changes),
    wire: machineMapping,
  });
}

type IdPath = { Params: { id: string } };

function crud<Table extends MappingTable, Input, Wire>(
  app: FastifyInstance,
  { db }: ConsoleOptions,
  { path, table, input, create, update, wire }: Kind<Table, Input, Wire>,
): void {
  const readers = { config: { roles: ['admin', 'developer'] } } as const;
  const editors = { config: { roles: ['admin'] } } as const;
  const one = async (scope: Scope, id: string) => {
    const row = await findMapping(scope, table, id);
    if (!row) throw notFound('mapping');
    return wire(row);
  };

  app.get<{ Querystring: Static<typeof mappingsQuery> }>(
    path,
    { ...readers, schema: { querystring: mappingsQuery } },
    async (request) => {
      const { q, page = 1, page_size: limit = defaultPageSize } = request.query;
      const list = { q, limit, offset: (page - 1) * limit };
      const { rows, total } = await listMappings(scopeOf(db, request), table, list);
      return { items: rows.map(wire), total } satisfies Page<Wire>;
    },
  );

  app.post(path, { ...editors, schema: { body: input } }, async (request, reply) => {
    const created = await inTransaction(db, async (transaction) => {
      const scope = scopeOf(transaction, request);
      return one(scope, await create(scope, request.body as Input));
    });
    return reply.code(201).send(created);
  });

  app.get<IdPath>(`${path}/:id`, readers, (request) => one(scopeOf(db, request), request.params.id));

  const changes = Type.Partial(input, { additionalProperties: false });
  app.patch<IdPath>(`${path}/:id`, { ...editors, schema: { body: changes } }, (request) =>
    inTransaction(db, async (transaction) => {
      const scope = scopeOf(transaction, request);
      await update(scope, request.params.id, request.body as Partial<Input>);
      return one(scope, request.params.id);
    }),
  );

  app.delete<IdPath>(`${path}/:id`, editors, async (request, reply) => {
    if (!(await removeMapping(scopeOf(db, request), table, request.params.id))) throw notFound('mapping');
    return reply.code(204).send();
  });
}

function common({ id, public_id, description, created, updated }: MappingRow<MappingTable>) {
  const dates = { created_at: created.toISOString(), updated_at: updated.toISOString() };
  return { id, public_id, description, ...dates };
}

function taskMapping(row: MappingRow<'task_mappings'>): TaskMapping {
  const { alias, task_id, default_queue, image, task_name } = row;
  const optional = { ...(image && { image }), ...(task_name && { task_name }) };
  return { ...common(row), alias, task_id, default_queue, ...optional };
}

function endpointMapping(row: MappingRow<'endpoint_mappings'>): EndpointMapping {
  const { alias, serving_task_id, endpoint, deadline_ms, task_name } = row;
  const name = task_name ? { serving_task_name: task_name } : {};
  return { ...common(row), alias, serving_task_id, endpoint, deadline_ms, ...name };
}

function machineMapping(row: MappingRow<'machine_mappings'>): MachineMapping {
  const { serving_task_id, base_url, task_name } = row;
  return { ...common(row), serving_task_id, base_url, ...(task_name && { serving_task_name: task_name }) };
}
