import { type MachineHealth, type MachineTest, machineTestInput } from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { checkBaseUrl, checkHealthPath, listMappings } from '../features/mappings/index.ts';
import { type ConsoleOptions, scopeOf } from './context.ts';

/** More machines than any list shows at once. */
const maxListed = 1000;

/** What the server knows of serving machines: those that are registered, and one that is about to be. */
export function machineRoutes(app: FastifyInstance, { db, serving }: ConsoleOptions): void {
  app.get('/machines/health', { config: { roles: ['admin', 'developer'] } }, async (request) => {
    const list = { offset: 0, limit: maxListed };
    const { rows } = await listMappings(scopeOf(db, request), 'machine_mappings', list);
    const items = rows.flatMap((row): MachineHealth[] => {
      const { id, serving_task_id, base_url } = row;
      const state = serving.machines.state(row);
      return state ? [{ id, serving_task_id, base_url, ...state }] : [];
    });
    return { items };
  });

  app.post<{ Body: Static<typeof machineTestInput> }>(
    '/machine-mappings/test',
    { config: { roles: ['admin'] }, schema: { body: machineTestInput } },
    async ({ body }): Promise<MachineTest> => {
      const base_url = checkBaseUrl(body.base_url, serving.addresses);
      return serving.machines.test({ base_url, health_path: checkHealthPath(body.health_path) });
    },
  );
}
