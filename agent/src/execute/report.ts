import { ClearmlApiError } from '@arno/protocol/clearml';
import type { Logger } from 'pino';
import { reasonOf, type Server } from '../server.ts';
import { type Ending, readState } from './watch.ts';

/** How a task ended here. */
export type Outcome =
  | { kind: 'completed' }
  | { kind: 'failed'; reason: string; details: string }
  | { kind: 'agent stopped' }
  | Ending;

type Transition = {
  endpoint: 'tasks.completed' | 'tasks.failed' | 'tasks.stopped';
  reason: string;
  message: string;
};

function transition(outcome: Outcome, worker: string): Transition | undefined {
  switch (outcome.kind) {
    case 'completed':
      return {
        endpoint: 'tasks.completed',
        reason: 'ended',
        message: `The program ended without an error on ${worker}`,
      };
    case 'failed':
      return { endpoint: 'tasks.failed', reason: outcome.reason, message: outcome.details };
    case 'stopping':
      return { endpoint: 'tasks.stopped', reason: 'aborted', message: `Aborted while it ran on ${worker}` };
    case 'agent stopped':
      return {
        endpoint: 'tasks.stopped',
        reason: 'agent stopped',
        message: `The agent ${worker} was stopped`,
      };
    case 'taken away':
      return undefined;
  }
}

/**
 * Tells the server how the task ended, unless somebody has already given it another state: the program itself, or a person.
 * A failure that only followed from a request to stop counts as stopped.
 */
export async function reportOutcome(
  server: Server,
  task: string,
  outcome: Outcome,
  worker: string,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const state = await server.patiently(() => readState(server, task, signal), signal);
  if (state.status !== 'in_progress') {
    log.info({ task, status: state.status }, 'the task has its final state already');
    return;
  }
  const stopped = outcome.kind === 'failed' && state.message === 'stopping';
  const next = transition(stopped ? { kind: 'stopping' } : outcome, worker);
  if (!next) return;
  try {
    const request = { task, status_reason: next.reason, status_message: next.message };
    await server.insist(next.endpoint, request, signal);
    log.info({ task, reason: next.reason }, next.endpoint);
  } catch (error) {
    if (!(error instanceof ClearmlApiError)) throw error;
    log.warn({ task, reason: reasonOf(error) }, 'the server refused the final state of the task');
  }
}
