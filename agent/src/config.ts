import { existsSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { type ClearmlConf, readClearmlConf } from './clearml-conf.ts';

/** What the command line says; a missing value has its default below. */
export interface AgentOptions {
  queue?: string[];
  createQueues?: boolean;
  name?: string;
  dir?: string;
  python?: string;
  slots: string;
  useOwnerToken?: boolean;
  exitWithParent?: boolean;
}

export interface AgentSettings {
  server: { api: string; web: string; files: string; accessKey: string; secretKey: string };
  /** The `clearml.conf` the values came from, when there is one: tasks of this machine use its other sections too. */
  confFile?: string;
  /** Queue names, the most urgent first. */
  queues: string[];
  createQueues: boolean;
  /** Worker id. */
  name: string;
  /** Whether `name` was chosen and so is the same after a restart. */
  stableName: boolean;
  /** Absolute folder of caches and work directories. */
  dir: string;
  python?: string;
  slots: number;
  /** Whether a task gets a session of its owner in place of our key pair. */
  useOwnerToken: boolean;
  exitWithParent: boolean;
  /** What tasks and the tools they need see of our own environment. */
  inherited: Record<string, string>;
}

/** Everything that is wrong with the settings, one line each. */
export class SettingsError extends Error {
  readonly faults: string[];

  constructor(faults: string[]) {
    super(faults.join('\n'));
    this.name = 'SettingsError';
    this.faults = faults;
  }
}

const knownKeys = new Set(['ARNO_AGENT_DIR']);

/** Where each value of the server comes from: its variable, else its place in `clearml.conf`. */
const serverValues = {
  api: { variable: 'CLEARML_API_HOST', place: 'api.api_server', inConf: 'apiServer' },
  web: { variable: 'CLEARML_WEB_HOST', place: 'api.web_server', inConf: 'webServer' },
  files: { variable: 'CLEARML_FILES_HOST', place: 'api.files_server', inConf: 'filesServer' },
  accessKey: { variable: 'CLEARML_API_ACCESS_KEY', place: 'api.credentials.access_key', inConf: 'accessKey' },
  secretKey: { variable: 'CLEARML_API_SECRET_KEY', place: 'api.credentials.secret_key', inConf: 'secretKey' },
} as const;

/** Secrets of a server beside us, npm's noise and another tool's Python do not belong into a task's environment. */
const notInherited =
  /^(ARNO_|DATABASE_URL$|PG[A-Z]+$|npm_|INIT_CWD$|NODE_OPTIONS$|TRAINS_|CLEARML_API_|CLEARML_AUTH_TOKEN$|CLEARML_TASK_ID$|CLEARML_CONFIG_FILE$|VIRTUAL_ENV$|PYTHONHOME$|GIT_DIR$|GIT_WORK_TREE$)/;

type Env = Record<string, string | undefined>;

function inheritedFrom(env: Env): Record<string, string> {
  const kept = Object.entries(env).filter(([key, value]) => value !== undefined && !notInherited.test(key));
  return Object.fromEntries(kept) as Record<string, string>;
}

/**
 * Reads the conf file that was named, or the one in the home folder when it is needed: the SDK in a task finds that one by
 * itself, and a broken file of another server is not our fault.
 */
async function findConf(env: Env, faults: string[]): Promise<{ path?: string; conf: ClearmlConf }> {
  const named = env.CLEARML_CONFIG_FILE;
  const path = named ? resolve(named) : join(homedir(), 'clearml.conf');
  const needed = Object.values(serverValues).some(({ variable }) => !env[variable]);
  if (!named && !(needed && existsSync(path))) return { conf: {} };
  try {
    return { path, conf: await readClearmlConf(path) };
  } catch (error) {
    const origin = named ? 'CLEARML_CONFIG_FILE' : 'clearml.conf';
    faults.push(`${origin}: cannot read ${path}: ${error instanceof Error ? error.message : error}`);
    return { conf: {} };
  }
}

function readServer(env: Env, conf: ClearmlConf, faults: string[]): AgentSettings['server'] {
  const value = (name: keyof typeof serverValues): string => {
    const { variable, place, inConf } = serverValues[name];
    const found = env[variable] || conf[inConf];
    const remedy = name.endsWith('Key')
      ? 'create a key pair on the server'
      : 'give the http(s) address of that server';
    if (!found) faults.push(`${variable} is not set (nor ${place} in clearml.conf): ${remedy}`);
    return found ?? '';
  };
  const address = (name: 'api' | 'web' | 'files'): string => {
    const found = value(name);
    const valid = found === '' || (/^https?:\/\//.test(found) && URL.canParse(found));
    if (!valid) faults.push(`${serverValues[name].variable}: "${found}" is not an http(s) address`);
    return found.replace(/\/+$/, '');
  };
  return {
    api: address('api'),
    web: address('web'),
    files: address('files'),
    accessKey: value('accessKey'),
    secretKey: value('secretKey'),
  };
}

function numberOfSlots(text: string, faults: string[]): number {
  const slots = Number(text);
  if (!Number.isInteger(slots) || slots < 1 || slots > 256) faults.push(`--slots: "${text}" is not 1 to 256`);
  return slots;
}

/** Worker ids stand in paths and in `last_worker`; spaces and slashes there confuse people and tools. */
function workerName(name: string, faults: string[]): string {
  if (!/^[\w.:@-]{1,120}$/.test(name)) {
    faults.push(`--name: "${name}" may have letters, digits and . : @ - _ only, at most 120`);
  }
  return name;
}

/**
 * Puts the settings together from the command line, the environment and a `clearml.conf`, the first of them that has a value.
 * Throws a `SettingsError` with all faults at once.
 */
export async function readSettings(options: AgentOptions, env: Env = process.env): Promise<AgentSettings> {
  const { queue: queues = [], python } = options;
  const faults = Object.keys(env)
    .filter((key) => key.startsWith('ARNO_AGENT_') && !knownKeys.has(key))
    .map((key) => `${key} is not a setting of the agent`);
  if (queues.length === 0) faults.push('--queue is missing: name at least one, for example --queue default');
  const { path: confFile, conf } = await findConf(env, faults);
  const settings: AgentSettings = {
    server: readServer(env, conf, faults),
    ...(confFile && { confFile }),
    queues: [...new Set(queues)],
    createQueues: options.createQueues ?? false,
    name: workerName(options.name ?? `${hostname()}:${process.pid}`, faults),
    stableName: options.name !== undefined,
    dir: resolve(options.dir ?? env.ARNO_AGENT_DIR ?? join(homedir(), '.arno', 'agent')),
    // A path is meant from here, not from a task's folder; a mere name is looked up on the PATH.
    ...(python && { python: python.includes('/') ? resolve(python) : python }),
    slots: numberOfSlots(options.slots, faults),
    useOwnerToken: options.useOwnerToken ?? false,
    exitWithParent: options.exitWithParent ?? false,
    inherited: inheritedFrom(env),
  };
  if (faults.length > 0) throw new SettingsError(faults);
  return settings;
}
