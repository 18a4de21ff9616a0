import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClearmlApiError } from '@arno/protocol/clearml';
import type { Logger } from 'pino';
import { type AgentSettings, SettingsError } from '../config.ts';
import { executeTask } from '../execute/execute.ts';
import { sweepLeftovers } from '../execute/leftovers.ts';
import { createProcessExecutor } from '../execute/process-executor.ts';
import { tryLock } from '../lock.ts';
import { createServer, type Server } from '../server.ts';
import { takeTasks } from './loop.ts';
import { openQueues, type Queue } from './queues.ts';
import { failTasksLeftBehind } from './recover.ts';
import { registerWorker } from './worker.ts';

/** A predecessor that was killed gives its name free after some seconds. */
const nameLimit = 20_000;

/** Waits for the server and shows the keys; a refusal is a fault of the settings. */
async function logIn(server: Server, signal: AbortSignal): Promise<void> {
  try {
    await server.patiently(() => server.token(), signal);
  } catch (error) {
    if (!(error instanceof ClearmlApiError)) throw error;
    throw new SettingsError([
      `CLEARML_API_ACCESS_KEY, CLEARML_API_SECRET_KEY: the server refuses the keys (${error.message})`,
    ]);
  }
}

/** Two agents of one name would take each other's tasks for their own. */
async function claimName(settings: AgentSettings, signal: AbortSignal): Promise<() => Promise<void>> {
  const path = join(settings.dir, 'names', settings.name);
  const deadline = Date.now() + nameLimit;
  for (;;) {
    const release = await tryLock(path);
    if (release) return () => release().catch(() => undefined);
    if (Date.now() > deadline) {
      throw new SettingsError([
        `--name: an agent "${settings.name}" runs on this machine already; choose another name`,
      ]);
    }
    await sleep(500, undefined, { signal });
  }
}

interface Slot {
  id: string;
  server: Server;
  log: Logger;
}

/** Each slot is a worker of its own for the server, since a worker there has one task at most. */
function createSlots(settings: AgentSettings, log: Logger): Slot[] {
  const { api, accessKey, secretKey } = settings.server;
  return Array.from({ length: settings.slots }, (_, index) => {
    const id = settings.slots === 1 ? settings.name : `${settings.name}:${index}`;
    const slotLog = log.child({ worker: id });
    const credentials = { accessKey, secretKey };
    return { id, log: slotLog, server: createServer({ api, credentials, worker: id }, slotLog) };
  });
}

async function runSlot(
  slot: Slot,
  queues: Queue[],
  settings: AgentSettings,
  stop: AbortSignal,
): Promise<void> {
  const { id, server, log } = slot;
  const executor = createProcessExecutor({
    dir: settings.dir,
    ...(settings.python && { python: settings.python }),
  });
  if (settings.stableName) await failTasksLeftBehind(server, id, log, stop);
  const worker = await registerWorker(server, id, queues, log, stop);
  log.info({ queues: queues.map((queue) => queue.name) }, 'ready for tasks');
  try {
    await takeTasks(
      server,
      queues,
      async ({ task, queue }) => {
        log.info({ task, queue: queue.name }, 'took a task');
        await worker.workOn(task);
        await executeTask(task, { server, settings, executor, worker: id, log, stop }).finally(() =>
          worker.workOn(undefined),
        );
      },
      log,
      stop,
    );
  } finally {
    await worker.unregister();
  }
}

/**
 * Runs the agent until the signal ends it; then it has ended its tasks, told the server, and taken its workers off the list.
 * Throws a `SettingsError` when the keys, a queue or the name cannot be used.
 */
export async function runAgent(settings: AgentSettings, log: Logger, stop: AbortSignal): Promise<void> {
  await mkdir(settings.dir, { recursive: true, mode: 0o700 });
  const slots = createSlots(settings, log);
  const [first] = slots;
  if (!first) return;
  const releaseName = await claimName(settings, stop);
  try {
    await sweepLeftovers(join(settings.dir, 'tasks'), log);
    await logIn(first.server, stop);
    const queues = await openQueues(first.server, settings.queues, settings.createQueues, stop);
    await Promise.all(slots.map((slot) => runSlot(slot, queues, settings, stop)));
  } finally {
    await releaseName();
  }
}
