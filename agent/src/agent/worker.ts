import type { Logger } from 'pino';
import { isOutage, reasonOf, type Server } from '../server.ts';
import { createMachineReader } from './machine.ts';
import type { Queue } from './queues.ts';

/** A server takes a worker for lost that has not reported for 60 s: three reports in a row may get lost. */
const reportEvery = 15_000;
/** Seconds after which the server forgets a worker that no longer reports. */
const registrationLife = 600;
/** Milliseconds a farewell may take. */
const farewellLimit = 5_000;

/** A slot of this agent as the server's list of workers shows it. */
export interface Worker {
  /** What it works on from now on; undefined when it is idle. Tells the server at once. */
  workOn(task: string | undefined): Promise<void>;
  /** Ends the reports and takes the worker off the list. */
  unregister(): Promise<void>;
}

/** Registers the worker and reports its state and the machine's readings every 15 seconds. */
export async function registerWorker(
  server: Server,
  id: string,
  queues: Queue[],
  log: Logger,
  signal: AbortSignal,
): Promise<Worker> {
  const readMachine = createMachineReader();
  const queueIds = queues.map((queue) => queue.id);
  let task: string | undefined;

  async function report(): Promise<void> {
    try {
      const machine_stats = await readMachine();
      await server.call('workers.status_report', {
        worker: id,
        timestamp: Date.now(),
        queues: queueIds,
        machine_stats,
        ...(task && { task }),
      });
    } catch (error) {
      // An outage is logged by whoever waits for the server; the next report makes up for this one.
      if (!isOutage(error)) log.warn({ reason: reasonOf(error) }, 'the server refused a status report');
    }
  }

  await server.insist(
    'workers.register',
    { worker: id, timeout: registrationLife, queues: queueIds },
    signal,
  );
  await report();
  const timer = setInterval(report, reportEvery);

  return {
    workOn(next) {
      task = next;
      return report();
    },
    async unregister() {
      clearInterval(timer);
      await server
        .call('workers.unregister', { worker: id }, { timeout: farewellLimit })
        .catch((error) => log.warn({ reason: reasonOf(error) }, 'could not take the worker off the list'));
    },
  };
}
