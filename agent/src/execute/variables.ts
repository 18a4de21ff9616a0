import type { AgentSettings } from '../config.ts';

/** What the program of a task shows the server: our own key pair, or a session of the task's owner. */
export type TaskCredentials = { accessKey: string; secretKey: string } | { token: string };

/**
 * Variables by which the SDK in a task's process finds the server and knows that an agent runs it: it then takes the values
 * stored in the task in place of those in the code, and leaves console and final state to us.
 */
export function taskVariables(
  settings: AgentSettings,
  credentials: TaskCredentials,
  worker: string,
  task: string,
): Record<string, string> {
  const { server, confFile, inherited } = settings;
  return {
    ...inherited,
    CLEARML_API_HOST: server.api,
    CLEARML_WEB_HOST: server.web,
    CLEARML_FILES_HOST: server.files,
    ...credentialVariables(credentials),
    // Its other sections, such as keys of object stores, count for the task too.
    ...(confFile && { CLEARML_CONFIG_FILE: confFile }),
    CLEARML_TASK_ID: task,
    CLEARML_WORKER_ID: worker,
    CLEARML_WORKER_NAME: worker,
    // We send the console; the SDK sending it as well would show each line twice.
    CLEARML_LOG_TASK_TO_BACKEND: '0',
    ARNO_TASK_ID: task,
  };
}

function credentialVariables(credentials: TaskCredentials): Record<string, string> {
  if ('token' in credentials) return { CLEARML_AUTH_TOKEN: credentials.token };
  return {
    CLEARML_API_ACCESS_KEY: credentials.accessKey,
    CLEARML_API_SECRET_KEY: credentials.secretKey,
  };
}
