import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import ipaddr from 'ipaddr.js';

export interface Config {
  /** Absolute path of the wanted state. */
  configFile: string;
  bind: string;
  /** 0 lets the system choose. */
  port: number;
  /** CIDR ranges that pictures may be fetched from besides public addresses. */
  fetchNetworks: string[];
  /** Stop when standard input closes, which it does however the parent ends. */
  exitWithParent: boolean;
}

/** What is wrong with the settings, one line each; `exitCode` is 0 when only help was asked for. */
export class ConfigError extends Error {
  readonly exitCode: number;

  constructor(faults: string[], exitCode = 1) {
    super(faults.join('\n'));
    this.name = 'ConfigError';
    this.exitCode = exitCode;
  }
}

interface Options {
  config?: string;
  bind?: string;
  port?: string;
  exitWithParent?: boolean;
}

type Env = Record<string, string | undefined>;

const prefix = 'ARNO_SERVING_';
const known = new Set([`${prefix}CONFIG`, `${prefix}PORT`, `${prefix}FETCH_NETWORKS`]);

/** Reads the command line and, for what it leaves out, the environment. Throws a `ConfigError` with all faults at once. */
export function readConfig(argv: string[], env: Env = process.env): Config {
  const options = readOptions(argv);
  const faults = Object.keys(env)
    .filter((key) => key.startsWith(prefix) && !known.has(key))
    .map((key) => `${key} is not a setting. Known: ${[...known].join(', ')}.`);

  const configFile = options.config ?? env.ARNO_SERVING_CONFIG;
  if (!configFile)
    faults.push('--config (or ARNO_SERVING_CONFIG) is missing: give the path of endpoints.json.');
  const port = Number(options.port ?? (env.ARNO_SERVING_PORT || 8082));
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    faults.push('--port (or ARNO_SERVING_PORT) must be a whole number from 0 to 65535.');
  }
  const fetchNetworks = (env.ARNO_SERVING_FETCH_NETWORKS ?? '').split(/[\s,]+/).filter(Boolean);
  for (const network of fetchNetworks) {
    if (ipaddr.isValidCIDR(network)) continue;
    faults.push(`ARNO_SERVING_FETCH_NETWORKS: "${network}" is not a network like 10.0.0.0/8.`);
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return {
    configFile: resolve(configFile ?? ''),
    bind: options.bind ?? (env.ARNO_BIND || '127.0.0.1'),
    port,
    fetchNetworks,
    exitWithParent: options.exitWithParent ?? false,
  };
}

function readOptions(argv: string[]): Options {
  const command = new Command('arno-serving')
    .description('Serve models over HTTP: POST /serve/{endpoint}')
    .option('--config <file>', 'the wanted endpoints (env ARNO_SERVING_CONFIG)')
    .option('--bind <address>', 'address to listen on (env ARNO_BIND, default 127.0.0.1)')
    .option('--port <number>', 'port to listen on, 0 for any (env ARNO_SERVING_PORT, default 8082)')
    .option('--exit-with-parent', 'stop when standard input closes')
    .exitOverride();
  try {
    return command.parse(argv).opts<Options>();
  } catch (error) {
    // Commander has already written its message.
    if (error instanceof CommanderError) throw new ConfigError([], error.exitCode);
    throw error;
  }
}
