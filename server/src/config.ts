import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import ipaddr from 'ipaddr.js';

/** What this process was told, checked and frozen. Nothing else reads the environment. */
export interface Config {
  /** Absolute path of everything Arno keeps. */
  data: string;
  /** Address that all listeners bind to. */
  bind: string;
  ports: { web: number; api: number; files: number; serving: number };
  /** An external PostgreSQL; the embedded one runs without it. */
  databaseUrl: string | undefined;
  logLevel: string;
  /** Networks beside the public ones that the serving runtime may fetch images from. */
  fetchNetworks: string[];
  /** Fill the project *Getting started* on the first start. */
  demo: boolean;
  /** Run an agent beside the server. */
  agent: boolean;
  /** Give the administrator a new password. */
  resetPassword: boolean;
  /** For child processes: what they inherit, without our own settings. */
  childEnvironment: Record<string, string>;
}

/** Settings that make no sense; `exitCode` is 0 when only help was asked for. */
export class ConfigError extends Error {
  readonly faults: string[];
  readonly exitCode: number;

  constructor(faults: string[], exitCode = 1) {
    super(faults.join('\n'));
    this.faults = faults;
    this.exitCode = exitCode;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Every setting with its default. docs/settings.md describes them; a check compares the two. */
const defaults = {
  ARNO_DATA: './.arno',
  ARNO_BIND: '127.0.0.1',
  ARNO_WEB_PORT: '8080',
  ARNO_API_PORT: '8008',
  ARNO_FILES_PORT: '8081',
  ARNO_SERVING_PORT: '8082',
  ARNO_SERVING_FETCH_NETWORKS: '',
  ARNO_LOG_LEVEL: 'info',
  DATABASE_URL: '',
} as const;

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/**
 * Reads the command line and the environment.
 *
 * @throws ConfigError with all faults at once
 */
export function readConfig(argv: readonly string[], environment: Environment = process.env): Config {
  const options = readOptions(argv);
  const faults = unknownSettings(environment);
  const value = (name: keyof typeof defaults) => environment[name]?.trim() || defaults[name];
  const check = (ok: boolean, fault: string) => {
    if (!ok) faults.push(fault);
  };
  const ports = readPorts(value, check);
  const bind = value('ARNO_BIND');
  check(isIP(bind) !== 0, `ARNO_BIND must be an IP address such as 127.0.0.1 or 0.0.0.0, not "${bind}"`);
  const databaseUrl = value('DATABASE_URL') || undefined;
  const isPostgres = databaseUrl === undefined || /^postgres(ql)?:\/\//.test(databaseUrl);
  check(isPostgres, 'DATABASE_URL must begin with postgres:// or postgresql://');
  const logLevel = value('ARNO_LOG_LEVEL');
  check(
    logLevels.includes(logLevel),
    `ARNO_LOG_LEVEL must be one of ${logLevels.join(', ')}, not "${logLevel}"`,
  );
  const fetchNetworks = value('ARNO_SERVING_FETCH_NETWORKS')
    .split(/[\s,]+/)
    .filter(Boolean);
  for (const network of fetchNetworks) {
    check(
      ipaddr.isValidCIDR(network),
      `ARNO_SERVING_FETCH_NETWORKS: "${network}" is no network; write 10.0.0.0/8, several with commas`,
    );
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze({
    data: resolve(value('ARNO_DATA')),
    bind,
    ports,
    databaseUrl,
    logLevel,
    fetchNetworks,
    demo: options.demo,
    agent: options.agent,
    resetPassword: options.resetPassword ?? false,
    childEnvironment: inheritable(environment),
  });
}

function readPorts(
  value: (name: keyof typeof defaults) => string,
  check: (ok: boolean, fault: string) => void,
): Config['ports'] {
  const port = (name: keyof typeof defaults) => {
    const number = Number(value(name));
    const valid = Number.isInteger(number) && number >= 1 && number <= 65535;
    check(valid, `${name} must be a port from 1 to 65535, not "${value(name)}"`);
    return number;
  };
  const ports = {
    web: port('ARNO_WEB_PORT'),
    api: port('ARNO_API_PORT'),
    files: port('ARNO_FILES_PORT'),
    serving: port('ARNO_SERVING_PORT'),
  };
  check(
    new Set(Object.values(ports)).size === 4,
    'ARNO_WEB_PORT, ARNO_API_PORT, ARNO_FILES_PORT and ARNO_SERVING_PORT must differ',
  );
  return ports;
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

interface Options {
  demo: boolean;
  agent: boolean;
  resetPassword?: boolean;
}

function readOptions(argv: readonly string[]): Options {
  const command = new Command('arno-server')
    .description('Tracking server, inference gateway, file server and console')
    .option('--no-demo', 'do not fill the project "Getting started" on the first start')
    .option('--no-agent', 'do not run an agent beside the server')
    .option('--reset-password', 'give the administrator a new password')
    .allowExcessArguments(false)
    .exitOverride();
  try {
    return command.parse(argv).opts();
  } catch (error) {
    // Commander has already written its message.
    if (error instanceof CommanderError) throw new ConfigError([], error.exitCode);
    throw error;
  }
}
