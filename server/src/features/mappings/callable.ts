import type { CallableModel, CallableTask } from '@arno/protocol';
import type { Db } from '../../platform/database.ts';
import { mayCall, type RightsHolder } from './rights.ts';

/** Whose list it is. */
interface Asking {
  db: Db;
  caller: RightsHolder & { company: string };
}

/** What this caller may queue, by alias. */
export async function callableTasks({ db, caller }: Asking): Promise<CallableTask[]> {
  const rows = await db
    .selectFrom('task_mappings')
    .selectAll()
    .where('company', '=', caller.company)
    .orderBy('alias')
    .execute();
  return rows
    .filter((row) => mayCall(caller, row))
    .map((row) => {
      const { alias, public_id, description, default_queue, queues } = row;
      const allowed = queues && [...new Set([default_queue, ...queues])];
      return {
        ...{ alias, public_id, description, ...inputOf(row), default_queue },
        ...(allowed && { queues: allowed }),
      };
    });
}

/** What this caller may call on demand, by alias. */
export async function callableModels({ db, caller }: Asking): Promise<CallableModel[]> {
  const rows = await db
    .selectFrom('endpoint_mappings')
    .selectAll()
    .where('company', '=', caller.company)
    .orderBy('alias')
    .execute();
  return rows
    .filter((row) => mayCall(caller, row))
    .map((row) => {
      const { alias, public_id: machine_id, endpoint, description } = row;
      return { alias, machine_id, endpoint, description, ...inputOf(row) };
    });
}

function inputOf({ input_schema, example }: { input_schema: unknown; example: unknown }) {
  return { ...(input_schema !== null && { input_schema }), ...(example !== null && { example }) };
}
