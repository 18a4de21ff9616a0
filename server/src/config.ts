import { resolve } from 'node:path';
import type { Setting } from '@arno/protocol';
import { type CallConfig, readCalls } from './config/calls.ts';
import { type ClearmlConfig, readClearml } from './config/clearml.ts';
import { readOptions, readRoles } from './config/command-line.ts';
import { ConfigError } from './config/errors.ts';
import { readFilesS3, type S3Config } from './config/files-s3.ts';
import { checkOwnAgent, type ListenerConfig, readListeners } from './config/listeners.ts';
import { type Reading, readNumber, readOneOf } from './config/reading.ts';
import { type OidcConfig, readOidc } from './config/sign-on.ts';
import { type BinarySource, binarySources } from './platform/postgres/index.ts';
import type { Roles } from './roles.ts';
import { secretValues, settingReport } from './setting-report.ts';

export { ConfigError } from './config/errors.ts';
export type { S3Config } from './config/files-s3.ts';
export { agentAddress } from './config/listeners.ts';
export type { OidcConfig, OidcRole } from './config/sign-on.ts';

/** What this process was told, checked and frozen. Nothing else reads the environment. */
export interface Config extends ListenerConfig, CallConfig {
  /** Absolute path of everything Arno keeps. */
  data: string;
  /** An external PostgreSQL; the embedded one runs without it. */
  databaseUrl: string | undefined;
  /** Which PostgreSQL the embedded one is. */
  postgres: BinarySource;
  logLevel: string;
  /** The object store that keeps the files; without it they lie in a folder of `data`. */
  filesS3: S3Config | undefined;
  /** Single sign-on; undefined leaves it out. */
  oidc: OidcConfig | undefined;
  /** When a silent worker is lost and a silent task stopped, in seconds. */
  leases: { workerTimeout: number; taskTimeout: number };
  /** Reads the metrics, and nothing else does; undefined lets administrators read them. */
  metricsToken: string | undefined;
  /** Fill the project *Getting started* on the first start. */
  demo: boolean;
  /** The parts that this process runs. */
  roles: Roles;
  /** The ClearML server that the tasks of enqueue calls live on; undefined is this platform's own. */
  clearml: ClearmlConfig | undefined;
  /** Give the administrator a new password. */
  resetPassword: boolean;
  /** For child processes: what they inherit, without our own settings. */
  childEnvironment: Record<string, string>;
  /** All settings as people may see them. */
  settings: readonly Setting[];
  /** What must never be shown or written down. */
  secrets: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Every setting with its default. docs/settings.md describes them; a check compares the two. */
const defaults = {
  ARNO_DATA: './.arno',
  ARNO_BIND: '127.0.0.1',
  ARNO_WEB_PORT: '8080',
  ARNO_API_PORT: '8008',
  ARNO_FILES_PORT: '8081',
  ARNO_FILES_S3_BUCKET: '',
  ARNO_FILES_S3_PREFIX: '',
  ARNO_FILES_S3_ENDPOINT: '',
  ARNO_FILES_S3_REGION: 'us-east-1',
  ARNO_FILES_S3_ACCESS_KEY: '',
  ARNO_FILES_S3_SECRET_KEY: '',
  ARNO_FILES_S3_PATH_STYLE: '',
  ARNO_SERVING_PORT: '8082',
  ARNO_SERVING_FETCH_NETWORKS: '',
  ARNO_SERVING_NETWORKS: '',
  ARNO_MACHINE_PENDING: '1024',
  ARNO_CALLBACK_NETWORKS: '',
  ARNO_ALLOWED_NETWORKS: '',
  ARNO_ALLOWED_ORIGINS: '',
  ARNO_TRUSTED_PROXIES: '',
  ARNO_OIDC_ISSUER: '',
  ARNO_OIDC_CLIENT_ID: '',
  ARNO_OIDC_CLIENT_SECRET: '',
  ARNO_OIDC_ROLES: '',
  ARNO_OIDC_AUDIENCE: '',
  ARNO_OIDC_CLOCK_SKEW: '30',
  ARNO_WORKER_TIMEOUT: '60',
  ARNO_TASK_TIMEOUT: '7200',
  ARNO_CALL_RETENTION: '90',
  ARNO_CALL_BODY_CHARS: '16000',
  ARNO_CLEARML_API_HOST: '',
  ARNO_CLEARML_ACCESS_KEY: '',
  ARNO_CLEARML_SECRET_KEY: '',
  ARNO_CLEARML_WEB_HOST: '',
  ARNO_CLEARML_FILES_HOST: '',
  ARNO_METRICS_TOKEN: '',
  ARNO_LOG_LEVEL: 'info',
  ARNO_POSTGRES: 'auto',
  DATABASE_URL: '',
} as const;

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/**
 * Reads the command line and the environment.
 *
 * @throws ConfigError with all faults at once
 */
export function readConfig(argv: readonly string[], environment: Environment = process.env): Config {
  const options = readOptions(argv);
  const faults = unknownSettings(environment);
  const reading = readingOf(environment, faults);
  const listeners = readListeners(reading);
  const roles = readRoles(options, reading.check);
  if (roles.has('agent')) checkOwnAgent(listeners, reading.check);
  const config: Config = {
    ...listeners,
    ...readCalls(reading),
    data: resolve(reading.value('ARNO_DATA')),
    databaseUrl: readDatabaseUrl(reading),
    postgres: readOneOf(binarySources, 'ARNO_POSTGRES', reading),
    logLevel: readOneOf(logLevels, 'ARNO_LOG_LEVEL', reading),
    filesS3: readFilesS3(reading),
    oidc: readOidc(reading),
    leases: readLeases(reading),
    metricsToken: readMetricsToken(reading),
    demo: options.demo,
    roles,
    clearml: readClearml(reading),
    resetPassword: options.resetPassword ?? false,
    childEnvironment: inheritable(environment),
    settings: settingReport(defaults, environment),
    secrets: secretValues(environment),
  };
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(config);
}

function readingOf(environment: Environment, faults: string[]): Reading {
  const given = (name: string) => environment[name]?.trim() ?? '';
  return {
    value: (name) => given(name) || defaults[name as keyof typeof defaults],
    isGiven: (name) => given(name) !== '',
    check: (ok, fault) => {
      if (!ok) faults.push(fault);
    },
  };
}

function readDatabaseUrl({ value, check }: Reading): string | undefined {
  const url = value('DATABASE_URL') || undefined;
  const isPostgres = url === undefined || /^postgres(ql)?:\/\//.test(url);
  check(isPostgres, 'DATABASE_URL must begin with postgres:// or postgresql://');
  return url;
}

function readMetricsToken({ value, check }: Reading): string | undefined {
  const token = value('ARNO_METRICS_TOKEN') || undefined;
  check(
    token === undefined || /^[\w.~+/-]{16,}=*$/.test(token),
    'ARNO_METRICS_TOKEN must have 16 characters or more: letters, digits and - . _ ~ + /',
  );
  return token;
}

function readLeases(reading: Reading): Config['leases'] {
  const thirtyDays = { min: 10, max: 30 * 86_400, what: 'seconds' };
  return {
    workerTimeout: readNumber('ARNO_WORKER_TIMEOUT', reading, thirtyDays),
    taskTimeout: readNumber('ARNO_TASK_TIMEOUT', reading, thirtyDays),
  };
}

function unknownSettings(environment: Environment): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('ARNO_') && !Object.hasOwn(defaults, name))
    .map((name) => `${name} is not a setting; docs/settings.md lists them`);
}

function inheritable(environment: Environment): Record<string, string> {
  const own = (name: string) => Object.hasOwn(defaults, name) || /^(CLEARML|TRAINS)_/.test(name);
  const entries = Object.entries(environment).filter(([name, value]) => value !== undefined && !own(name));
  return Object.fromEntries(entries) as Record<string, string>;
}
