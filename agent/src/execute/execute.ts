import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClearmlApiError } from '@arno/protocol/clearml';
import type { Logger } from 'pino';
import type { AgentSettings } from '../config.ts';
import { reasonOf, type Server } from '../server.ts';
import type { Exit } from './command.ts';
import { TaskConsole } from './console.ts';
import type { Executor, Job, TaskDescription } from './executor.ts';
import { taskFolderPrefix } from './leftovers.ts';
import { openOwner, type TaskOwner } from './owner.ts';
import { writeParameters } from './parameters.ts';
import { TaskProblem } from './problem.ts';
import { type Outcome, reportOutcome } from './report.ts';
import { readResult, storeResult } from './result.ts';
import { Interrupted } from './tools.ts';
import { taskVariables } from './variables.ts';
import { watchForEnding } from './watch.ts';

/** Milliseconds an agent that was told to stop may take to tell the server about its task. */
const lastWords = 8_000;

export interface ExecutionContext {
  server: Server;
  settings: AgentSettings;
  executor: Executor;
  /** Id of the slot that runs it. */
  worker: string;
  log: Logger;
  /** Ends the task because the agent ends. */
  stop: AbortSignal;
}

/** While the task's program runs. */
interface RunContext extends ExecutionContext {
  owner: TaskOwner;
}

/** Aborts some time after another signal. */
function later(signal: AbortSignal, milliseconds: number): AbortSignal {
  const controller = new AbortController();
  const abort = () => void sleep(milliseconds, undefined, { ref: false }).then(() => controller.abort());
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return controller.signal;
}

/** Takes the task over on the server; undefined when it is no longer there to be run. */
async function begin(
  task: string,
  context: ExecutionContext,
  signal: AbortSignal,
): Promise<TaskDescription | undefined> {
  const { server, worker, log } = context;
  try {
    // Somebody may have aborted or reset it since it was handed out; starting it would undo that.
    const { status } = (await server.insist('tasks.get_by_id', { task }, signal)).task ?? {};
    if (status !== 'queued') {
      log.warn({ task, status }, 'left a task that no longer waits to be run');
      return undefined;
    }
    const status_message = `Taken by the agent ${worker}`;
    await server.insist('tasks.started', { task, status_reason: 'taken by agent', status_message }, signal);
    return (await server.insist('tasks.get_by_id', { task }, signal)).task;
  } catch (error) {
    if (!(error instanceof ClearmlApiError)) throw error;
    log.warn({ task, reason: reasonOf(error) }, 'left a task that can no longer be run');
    return undefined;
  }
}

/** @param secrets texts that must not be shown; it may grow */
function openConsole(
  task: string,
  secrets: string[],
  { server, worker, log }: ExecutionContext,
  signal: AbortSignal,
): TaskConsole {
  return new TaskConsole({
    task,
    worker,
    secrets,
    send: (events) => server.patiently(() => server.addEvents(events), signal),
    onRefused: (error) => log.warn({ task, reason: reasonOf(error) }, 'lines of the console were not stored'),
  });
}

/** Reason of a failure in words, for an exit that is not a success. */
function failureOf(exit: Exit): string | undefined {
  if (exit.code === 0) return undefined;
  if (exit.endedBy === 'SIGKILL') return 'The program was killed; often the machine had no memory left';
  if (exit.endedBy) return `The program was ended by ${exit.endedBy}`;
  return `The program ended with exit code ${exit.code}`;
}

/** Name of the task's project, which the file server uses as a folder. Whoever owns a task need not see its project. */
async function projectName(job: Job, server: Server, signal: AbortSignal): Promise<string> {
  if (!job.task.project) return 'unknown';
  try {
    const { project } = await server.insist('projects.get_by_id', { project: job.task.project }, signal);
    return project?.name ?? 'unknown';
  } catch (error) {
    if (error instanceof ClearmlApiError) return 'unknown';
    throw error;
  }
}

async function keepResult(job: Job, context: RunContext, signal: AbortSignal): Promise<void> {
  const bytes = await readResult(job.resultFile);
  if (!bytes) return;
  const { settings } = context;
  const { server } = context.owner;
  const owner = {
    id: job.id,
    name: job.task.name ?? 'task',
    project: await projectName(job, server, signal),
  };
  await storeResult(server, settings.server.files, owner, bytes, signal);
  job.tools.console.say(`Stored the result (${bytes.length} bytes)`);
}

/** What stands in the way of a task becomes the first line of its console. */
function failBefore(error: unknown, id: string, console: TaskConsole, log: Logger): Outcome {
  const known = error instanceof TaskProblem;
  if (!known) log.error({ task: id, err: error }, 'could not run a task');
  const reason = known ? error.message : `The agent could not run the task: ${reasonOf(error)}`;
  const details = console.tail();
  console.headline(reason);
  return { kind: 'failed', reason, details };
}

/** Runs the job and says how it went; undefined when it was ended from outside. */
async function runJob(job: Job, context: RunContext, signal: AbortSignal): Promise<Outcome | undefined> {
  const { console } = job.tools;
  try {
    const failure = failureOf(await context.executor.run(job));
    if (job.tools.signal.aborted) return undefined;
    if (failure) {
      const details = console.tail();
      console.say(failure, 'error');
      return { kind: 'failed', reason: failure, details };
    }
    await keepResult(job, context, signal);
    return { kind: 'completed' };
  } catch (error) {
    if (error instanceof Interrupted || job.tools.signal.aborted) return undefined;
    return failBefore(error, job.id, console, context.log);
  }
}

/** States in which the task has been given to somebody else: our lines have no place there. */
const notOurs = new Set(['created', 'queued', 'published', 'publishing', 'deleted']);

/** Runs the job until it ends or somebody ends it: a person on the server, or whoever stops the agent. */
async function runWatched(
  job: Job,
  end: AbortController,
  context: RunContext,
  reporting: AbortSignal,
): Promise<Outcome> {
  const { server, stop } = context;
  const over = new AbortController();
  let ending: Outcome | undefined;
  const endWith = (outcome: Outcome | undefined) => {
    if (!outcome || over.signal.aborted) return;
    ending ??= outcome;
    end.abort();
  };
  const onStop = () => endWith({ kind: 'agent stopped' });
  stop.addEventListener('abort', onStop, { once: true });
  if (stop.aborted) onStop();
  const watching = watchForEnding(server, job.id, over.signal).then(endWith);

  const outcome = await runJob(job, context, reporting);
  over.abort();
  await watching;
  stop.removeEventListener('abort', onStop);
  return outcome ?? ending ?? { kind: 'agent stopped' };
}

/** Runs the task in a folder of its own, which is removed afterwards. */
async function runInFolder(
  id: string,
  task: TaskDescription,
  console: TaskConsole,
  context: RunContext,
  reporting: AbortSignal,
): Promise<Outcome> {
  const { settings, owner, worker, log } = context;
  const tasks = join(settings.dir, 'tasks');
  await mkdir(tasks, { recursive: true });
  const folder = await mkdtemp(join(tasks, taskFolderPrefix(id)));
  try {
    const end = new AbortController();
    const resultFile = join(folder, 'result.json');
    const variables = {
      ...taskVariables(settings, owner.credentials, worker, id),
      ...(await writeParameters(task.hyperparams, folder)),
      ARNO_RESULT_FILE: resultFile,
    };
    const tools = { env: settings.inherited, console, signal: end.signal };
    return await runWatched({ id, task, folder, resultFile, variables, tools }, end, context, reporting);
  } finally {
    await rm(folder, { recursive: true, force: true }).catch((error) =>
      log.warn({ folder, reason: reasonOf(error) }, 'could not remove the folder of a task'),
    );
  }
}

/** Runs the task in the name of its owner. */
async function runAsOwner(
  id: string,
  task: TaskDescription,
  { console, secrets }: { console: TaskConsole; secrets: string[] },
  context: ExecutionContext,
  reporting: AbortSignal,
): Promise<Outcome> {
  const owner = await openOwner(id, context, reporting);
  if ('token' in owner.credentials) secrets.push(owner.credentials.token);
  try {
    return await runInFolder(id, task, console, { ...context, owner }, reporting);
  } finally {
    await owner.end();
  }
}

const farewells: Partial<Record<Outcome['kind'], string>> = {
  stopping: 'Aborted',
  'agent stopped': 'The agent was stopped and has ended the task',
};

/**
 * Runs one task that was taken from a queue, from its start to its final state on the server. Never rejects for what the task
 * does; rejects when the agent is stopped while the server is away.
 */
export async function executeTask(id: string, context: ExecutionContext): Promise<void> {
  const { server, worker, log, stop } = context;
  const reporting = later(stop, lastWords);
  const task = await begin(id, context, reporting);
  if (!task) return;
  const secrets = [context.settings.server.secretKey];
  const console = openConsole(id, secrets, context, reporting);
  const outcome = await runAsOwner(id, task, { console, secrets }, context, reporting).catch((error) =>
    failBefore(error, id, console, log),
  );
  const farewell = farewells[outcome.kind];
  if (farewell) console.say(farewell, 'warning');
  await console.close(outcome.kind === 'taken away' && notOurs.has(outcome.status));
  await reportOutcome(server, id, outcome, worker, log, reporting);
}
