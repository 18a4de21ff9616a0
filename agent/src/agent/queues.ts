import { ClearmlApiError } from '@arno/protocol/clearml';
import { SettingsError } from '../config.ts';
import type { Server } from '../server.ts';

export interface Queue {
  id: string;
  name: string;
}

/** The server matches names as regular expressions. */
function exactly(name: string): string {
  return `^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;
}

async function findQueue(server: Server, name: string, signal: AbortSignal): Promise<Queue | undefined> {
  const request = { name: exactly(name), only_fields: ['id', 'name'], search_hidden: true };
  const { queues = [] } = await server.insist('queues.get_all', request, signal);
  const found = queues.find((queue) => queue.name === name);
  return found?.id ? { id: found.id, name } : undefined;
}

async function createQueue(server: Server, name: string, signal: AbortSignal): Promise<Queue | undefined> {
  try {
    const { id } = await server.insist('queues.create', { name }, signal);
    return id ? { id, name } : undefined;
  } catch (error) {
    // Another agent that starts with us may have been first.
    const exists = error instanceof ClearmlApiError && error.code === 400 && error.subcode === 801;
    if (!exists) throw error;
    return findQueue(server, name, signal);
  }
}

/** The queues with these names, in this order. Throws a `SettingsError` that names each one that does not exist. */
export async function openQueues(
  server: Server,
  names: string[],
  create: boolean,
  signal: AbortSignal,
): Promise<Queue[]> {
  const faults: string[] = [];
  const queues: Queue[] = [];
  for (const name of names) {
    const queue =
      (await findQueue(server, name, signal)) ??
      (create ? await createQueue(server, name, signal) : undefined);
    if (queue) queues.push(queue);
    else faults.push(`--queue: there is no queue "${name}" on the server; create it, or add --create-queues`);
  }
  if (faults.length > 0) throw new SettingsError(faults);
  return queues;
}
