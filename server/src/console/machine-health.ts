import type { MachineHealth } from '@arno/protocol';
import type { Scope } from '../clearml/endpoint.ts';
import { listMappings } from '../features/mappings/index.ts';
import type { Serving } from '../gateway/index.ts';

/** More machines than any installation has. */
const maxMachines = 1000;

/** How many machines are registered, and how those are doing that this server knows something of. */
export async function machineHealth(
  scope: Scope,
  { machines }: { machines: Pick<Serving['machines'], 'state'> },
): Promise<{ total: number; known: MachineHealth[] }> {
  const { rows, total } = await listMappings(scope, 'machine_mappings', { offset: 0, limit: maxMachines });
  const known = rows.flatMap((row): MachineHealth[] => {
    const state = machines.state(row);
    const { id, serving_task_id, base_url } = row;
    return state ? [{ id, serving_task_id, base_url, ...state }] : [];
  });
  return { total, known };
}
