import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Arno } from './arno.ts';
import { clearml, consoleLog, type Data } from './clearml.ts';
import { killAll, type Program, startProgram, untilGone } from './process.ts';
import { clientEnvironment, python } from './python.ts';
import { bash } from './tasks.ts';
import { until } from './wait.ts';

export interface OfficialAgentOptions {
  /** Worker id it registers with. */
  worker: string;
  queue: string;
  /** More arguments of `clearml-agent daemon`. */
  args?: string[];
  /** Lets it build a virtual environment for each task. Without it tasks run in the Python that has the SDK, which is quicker. */
  ownEnvironments?: boolean;
}

/** The official `clearml-agent` as a daemon, unmodified. */
export interface OfficialAgent {
  worker: string;
  program: Program;
  /** Its home and the one of the tasks it runs; their environments and temporary files are below it. */
  folder: string;
  /** Ends it as `clearml-agent daemon --stop` would, and then what is left of the tasks that it ran. */
  stop(): Promise<void>;
}

/** Starts the agent in a home of its own and waits until the server lists it as a worker. */
export async function startOfficialAgent(arno: Arno, options: OfficialAgentOptions): Promise<OfficialAgent> {
  const { worker, queue, args = [] } = options;
  const name = worker.replace(/\W+/g, '-');
  const folder = await mkdtemp(join(arno.folder, `agent-${name}-`));
  const started = new Date();
  const daemon = ['-m', 'clearml_agent', 'daemon', '--queue', queue, '--create-queue', '--foreground'];
  const program = startProgram(`official-agent-${name}`, python, [...daemon, ...args], {
    cwd: folder,
    env: await agentEnvironment(arno, folder, options),
  });
  const stop = async () => {
    // Not SIGINT, which only aborts the task that it runs.
    program.signal('SIGTERM');
    await program.ended;
    await killAll(folder);
    await untilGone(folder);
  };
  try {
    await until(`the agent ${worker} registers`, () => heardSince(arno, worker, started));
  } catch (error) {
    await stop();
    throw error;
  }
  return { worker, program, folder, stop };
}

async function agentEnvironment(
  arno: Arno,
  folder: string,
  { worker, ownEnvironments }: OfficialAgentOptions,
): Promise<NodeJS.ProcessEnv> {
  // Agents of one machine find each other by lock files in the folder for temporary files.
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  const prepared = {
    CLEARML_AGENT_SKIP_PYTHON_ENV_INSTALL: '1',
    CLEARML_AGENT_SKIP_PIP_VENV_INSTALL: python,
  };
  return {
    ...clientEnvironment(arno),
    ...(!ownEnvironments && prepared),
    HOME: folder,
    TMPDIR: temporary,
    CLEARML_WORKER_ID: worker,
    // Seconds, instead of 5 and 30.
    CLEARML_AGENT_QUEUE_POLL_FREQ_SEC: '1',
    CLEARML_AGENT_STATUS_REPORT_FREQ_SEC: '2',
  };
}

/** Workers of an agent: itself, and in services mode one for each of its tasks. */
export async function workersOf(arno: Arno, { worker }: Pick<OfficialAgent, 'worker'>): Promise<Data[]> {
  const { workers } = await clearml(arno, 'workers.get_all', {});
  return workers.filter(({ id }: Data) => id === worker || id.startsWith(`${worker}:service:`));
}

/** Id of the worker that a task is in services mode. */
export const serviceWorker = ({ worker }: OfficialAgent, task: string) => `${worker}:service:${task}`;

/** The worker, if it reported later than that. */
export async function heardSince(arno: Arno, worker: string, time: Date): Promise<Data | undefined> {
  const found = await workersOf(arno, { worker });
  return found.find(({ id, last_activity_time: heard }) => id === worker && new Date(heard) > time);
}

/** A program that runs until it is stopped, and says its process id first. */
export const service = bash('echo "service is $$"\nwhile sleep 1; do :; done');

/** Waits until a queued `service` runs, and answers its process id. */
export function servicePid(arno: Arno, id: string): Promise<number> {
  return until(`the service ${id} runs`, async () =>
    Number(/service is (\d+)/.exec(await consoleLog(arno, id))?.[1] ?? 0),
  );
}
