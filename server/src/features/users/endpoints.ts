import { type Endpoint, read } from '../../clearml/endpoint.ts';
import { column, columns, type Entity, findDocuments } from '../../clearml/query/index.ts';

const users: Entity = {
  table: 'users',
  fields: {
    ...columns({ text: ['id', 'company', 'name'], date: ['created'] }),
    role: column('text', 'role'),
  },
  patterns: ['name'],
};

/** Agents running with their owner's token and the SDK's monitors read users; managing them belongs to the console. */
export const usersEndpoints: Endpoint[] = [
  read('users.get_all', async (call, request) => {
    const { documents } = await findDocuments(call, users, { only_fields: ['name', 'company'], ...request });
    return { users: documents };
  }),
];
