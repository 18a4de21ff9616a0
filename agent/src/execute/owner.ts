import { ClearmlApiError } from '@arno/protocol/clearml';
import type { Logger } from 'pino';
import type { AgentSettings } from '../config.ts';
import { createServer, reasonOf, type Server } from '../server.ts';
import { TaskProblem } from './problem.ts';
import type { TaskCredentials } from './variables.ts';

/** Longer than any program runs; the session ends with the task, or with our own key pair. */
const sessionSeconds = 365 * 86_400;
/** Milliseconds a farewell may take. */
const farewellLimit = 5_000;

/** In whose name a task's program speaks to the server. */
export interface TaskOwner {
  credentials: TaskCredentials;
  /** The server as the program sees it, for what we store of it. */
  server: Server;
  /** Ends the session that was opened for the program. */
  end(): Promise<void>;
}

interface OwnerContext {
  server: Server;
  settings: AgentSettings;
  worker: string;
  log: Logger;
}

/**
 * Opens a session of the task's owner, or takes our own key pair where the settings do not ask for one. Throws a `TaskProblem`
 * when the server refuses the session.
 */
export async function openOwner(
  task: string,
  { server, settings, worker, log }: OwnerContext,
  signal: AbortSignal,
): Promise<TaskOwner> {
  const { api, accessKey, secretKey } = settings.server;
  if (!settings.useOwnerToken) {
    return { credentials: { accessKey, secretKey }, server, end: async () => undefined };
  }
  const credentials = { token: await ownerToken(server, task, signal) };
  const asOwner = createServer({ api, credentials, worker }, log);
  return {
    credentials,
    server: asOwner,
    async end() {
      await asOwner
        .call('auth.logout', {}, { timeout: farewellLimit })
        .catch((error) =>
          log.warn({ task, reason: reasonOf(error) }, "could not end the session of the task's owner"),
        );
    },
  };
}

async function ownerToken(server: Server, task: string, signal: AbortSignal): Promise<string> {
  const request = { task, expiration_sec: sessionSeconds };
  try {
    return (await server.insist('auth.get_token_for_task', request, signal)).token;
  } catch (error) {
    if (!(error instanceof ClearmlApiError)) throw error;
    throw new TaskProblem(
      'The task cannot run with the rights of its owner',
      error.code === 404
        ? 'this server has no such sessions: start the agent without --use-owner-token'
        : error.message,
    );
  }
}
