import { type MachineTest, machineTestInput } from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { checkBaseUrl, checkHealthPath } from '../features/mappings/index.ts';
import { type ConsoleOptions, scopeOf } from './context.ts';
import { machineHealth } from './machine-health.ts';

/** What the server knows of serving machines: those that are registered, and one that is about to be. */
export function machineRoutes(app: FastifyInstance, { db, serving }: ConsoleOptions): void {
  app.get('/machines/health', { config: { roles: ['admin', 'developer'] } }, async (request) => {
    const { known } = await machineHealth(scopeOf(db, request), serving);
    return { items: known };
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
