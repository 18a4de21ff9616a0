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

const serverKeys = [
  'CLEARML_API_HOST',
  'CLEARML_WEB_HOST',
  'CLEARML_FILES_HOST',
  'CLEARML_API_ACCESS_KEY',
  'CLEARML_API_SECRET_KEY',
];

/** Secrets of a server beside us, npm's noise and another tool's Python do not belong into a task's environment. */
const notInherited =
  /^(ARNO_|DATABASE_URL$|PG[A-Z]+$|npm_|INIT_CWD$|NODE_OPTIONS$|TRAINS_|CLEARML_API_|CLEARML_TASK_ID$|CLEARML_CONFIG_FILE$|VIRTUAL_ENV$|PYTHONHOME$|GIT_DIR$|GIT_WORK_TREE$)/;

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
  const needed = serverKeys.some((key) => !env[key]);
  if (!named && !(needed && existsSync(path))) return { conf: {} };
  try {
    return { path, conf: await readClearmlConf(path) };
  } catch (error) {
    const origin = named ? 'CLEARML_CONFIG_FILE' : 'clearml.conf';
    faults.push(`${origin}: cannot read ${path}: ${error instanceof Error ? error.message : error}`);
    return { conf: {} };
  }
}

function address(name: string, key: string, value: string | undefined, faults: string[]): string {
  if (!value) {
    faults.push(
      `${name} is not set (nor ${key} in clearml.conf): give the address, for example http://host:8008`,
    );
    return '';
  }
  if (!/^https?:\/\/[^\s/]+/.test(value) || !URL.canParse(value)) {
    faults.push(`${name}: "${value}" is not an http(s) address`);
  }
  return value.replace(/\/+$/, '');
}

function required(name: string, key: string, value: string | undefined, faults: string[]): string {
  if (!value) faults.push(`${name} is not set (nor ${key} in clearml.conf): create a key pair on the server`);
  return value ?? '';
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
  const faults: string[] = [];
  for (const key of Object.keys(env)) {
    if (key.startsWith('ARNO_AGENT_') && !knownKeys.has(key))
      faults.push(`${key} is not a setting of the agent`);
  }
  const { path: confFile, conf } = await findConf(env, faults);
  const { queue: queues = [] } = options;
  if (queues.length === 0)
    faults.push('--queue is missing: name at least one queue, for example --queue default');
  const api = address('CLEARML_API_HOST', 'api.api_server', env.CLEARML_API_HOST ?? conf.apiServer, faults);
  const settings: AgentSettings = {
    server: {
      api,
      web: address('CLEARML_WEB_HOST', 'api.web_server', env.CLEARML_WEB_HOST ?? conf.webServer, faults),
      files: address(
        'CLEARML_FILES_HOST',
        'api.files_server',
        env.CLEARML_FILES_HOST ?? conf.filesServer,
        faults,
      ),
      accessKey: required(
        'CLEARML_API_ACCESS_KEY',
        'api.credentials.access_key',
        env.CLEARML_API_ACCESS_KEY ?? conf.accessKey,
        faults,
      ),
      secretKey: required(
        'CLEARML_API_SECRET_KEY',
        'api.credentials.secret_key',
        env.CLEARML_API_SECRET_KEY ?? conf.secretKey,
        faults,
      ),
    },
    ...(confFile && { confFile }),
    queues: [...new Set(queues)],
    createQueues: options.createQueues ?? false,
    name: workerName(options.name ?? `${hostname()}:${process.pid}`, faults),
    stableName: options.name !== undefined,
    dir: resolve(options.dir ?? env.ARNO_AGENT_DIR ?? join(homedir(), '.arno', 'agent')),
    ...(options.python && {
      python: options.python.includes('/') ? resolve(options.python) : options.python,
    }),
    slots: numberOfSlots(options.slots, faults),
    exitWithParent: options.exitWithParent ?? false,
    inherited: inheritedFrom(env),
  };
  if (faults.length > 0) throw new SettingsError(faults);
  return settings;
}
