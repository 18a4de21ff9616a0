import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { isNetwork, Networks } from './platform/networks.ts';
import { parseRoles, type Role, type Roles, roleNames } from './roles.ts';

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
  /** The object store that keeps the files; without it they lie in a folder of `data`. */
  filesS3: S3Config | undefined;
  /** Networks beside the public ones that the serving runtime may fetch images from. */
  fetchNetworks: string[];
  /** The only networks that serving machines may be in; none given allows any. */
  servingNetworks: string[];
  /** Calls that one serving machine may have pending. */
  machinePending: number;
  /** Networks beside the public ones that the receivers of callbacks may be in. */
  callbackNetworks: string[];
  /** Networks that may reach the API and the file server; none given lets all in. */
  allowedNetworks: string[];
  /** Origins whose pages may call the API from a browser. */
  allowedOrigins: string[];
  /** Reverse proxies whose X-Forwarded headers say who asked. */
  trustedProxies: string[];
  /** Single sign-on; undefined leaves it out. */
  oidc: OidcConfig | undefined;
  /** When a silent worker is lost and a silent task stopped, in seconds. */
  leases: { workerTimeout: number; taskTimeout: number };
  calls: CallLogConfig;
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
}

/** What the log of calls keeps. */
export interface CallLogConfig {
  /** Days until a call that has ended is deleted; 0 keeps all. */
  retentionDays: number;
  /** Characters of a request and of an answer; 0 keeps neither. */
  bodyChars: number;
}

/** Another ClearML server; addresses are without a slash at their end. */
export interface ClearmlConfig {
  api: string;
  accessKey: string;
  secretKey: string;
  /** Its web console, for links. */
  web: string | undefined;
  /** Its file server, the only one that results are read from. */
  files: string | undefined;
}

/** A bucket of S3, or of a store that speaks its protocol. */
export interface S3Config {
  bucket: string;
  /** Without `/` at its ends; empty when the whole bucket is ours. */
  prefix: string;
  /** Undefined for Amazon's own. */
  endpoint: string | undefined;
  region: string;
  /** Undefined leaves them to the machine, as programs for AWS find them: its role, or the AWS_* variables. */
  keys: { accessKey: string; secretKey: string } | undefined;
  /** Whether the bucket is named in the path of a URL and not in its host. */
  pathStyle: boolean;
}

/** An OpenID Connect provider, such as Keycloak, and what its roles mean here. */
export interface OidcConfig {
  issuer: string;
  clientId: string;
  /** Undefined for a public client, which PKCE alone protects. */
  clientSecret: string | undefined;
  /** Ours by the provider's name; who has none of them is a user. */
  roles: ReadonlyMap<string, OidcRole>;
  /** Of which an access token must name one as its audience or authorized party; empty accepts all of the issuer's. */
  audiences: readonly string[];
  /** Seconds that the provider's clock and ours may differ. */
  clockSkew: number;
}
export type OidcRole = 'admin' | 'developer' | 'user';

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
  ARNO_OIDC_ROLES: 'RootAdmin=admin,ToolAdmin=admin,AreaManager=developer',
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
  const filesS3 = readFilesS3(value, check);
  const fetchNetworks = readNetworks('ARNO_SERVING_FETCH_NETWORKS', value, check);
  const servingNetworks = readNetworks('ARNO_SERVING_NETWORKS', value, check);
  const machinePending = Number(value('ARNO_MACHINE_PENDING'));
  check(
    Number.isInteger(machinePending) && machinePending >= 1 && machinePending <= 65_535,
    `ARNO_MACHINE_PENDING must be calls from 1 to 65535, not "${value('ARNO_MACHINE_PENDING')}"`,
  );
  const callbackNetworks = readNetworks('ARNO_CALLBACK_NETWORKS', value, check);
  const trustedProxies = readNetworks('ARNO_TRUSTED_PROXIES', value, check);
  const allowedOrigins = readOrigins(value, check);
  const oidc = readOidc(value, check);
  const allowedNetworks = readNetworks('ARNO_ALLOWED_NETWORKS', value, check);
  const roles = readRoles(options, check);
  const clearml = readClearml(value, check);
  if (roles.has('agent')) checkOwnAgent(bind, allowedNetworks, check);
  const leases = readLeases(value, check);
  const calls = readCallLog(value, check);
  const metricsToken = value('ARNO_METRICS_TOKEN') || undefined;
  check(
    metricsToken === undefined || /^[\w.~+/-]{16,}=*$/.test(metricsToken),
    'ARNO_METRICS_TOKEN must have 16 characters or more: letters, digits and - . _ ~ + /',
  );
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze({
    data: resolve(value('ARNO_DATA')),
    bind,
    ports,
    databaseUrl,
    logLevel,
    filesS3,
    fetchNetworks,
    servingNetworks,
    machinePending,
    callbackNetworks,
    allowedNetworks,
    allowedOrigins,
    trustedProxies,
    oidc,
    leases,
    calls,
    metricsToken,
    demo: options.demo,
    roles,
    clearml,
    resetPassword: options.resetPassword ?? false,
    childEnvironment: inheritable(environment),
  });
}

type Value = (name: keyof typeof defaults) => string;
type Check = (ok: boolean, fault: string) => void;

function readNetworks(name: keyof typeof defaults, value: Value, check: Check): string[] {
  const networks = value(name)
    .split(/[\s,]+/)
    .filter(Boolean);
  for (const network of networks) {
    check(isNetwork(network), `${name}: "${network}" is no network; write 10.0.0.0/8, several with commas`);
  }
  return networks;
}

function readOrigins(value: Value, check: Check): string[] {
  const origins = value('ARNO_ALLOWED_ORIGINS')
    .split(/[\s,]+/)
    .filter(Boolean);
  for (const origin of origins) {
    const isOrigin = /^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin;
    check(
      isOrigin,
      `ARNO_ALLOWED_ORIGINS: "${origin}" is no origin; write https://app.example:8443, without a path`,
    );
  }
  return origins;
}

/** The agent beside the server calls as others do, from the address that the listeners are bound to. */
function checkOwnAgent(bind: string, networks: string[], check: Check): void {
  const own = new Map([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
  ]);
  const address = own.get(bind) ?? bind;
  check(
    networks.length === 0 || new Networks(networks.filter(isNetwork)).includes(address),
    `ARNO_ALLOWED_NETWORKS leaves out ${address}, where the agent beside the server calls from: add it, or start with --no-agent`,
  );
}

function readFilesS3(value: Value, check: Check): S3Config | undefined {
  const bucket = value('ARNO_FILES_S3_BUCKET');
  const others = ['PREFIX', 'ENDPOINT', 'ACCESS_KEY', 'SECRET_KEY', 'PATH_STYLE'] as const;
  if (bucket === '') {
    const given = others.map((name) => `ARNO_FILES_S3_${name}` as const).find((name) => value(name) !== '');
    check(given === undefined, `${given} means nothing without ARNO_FILES_S3_BUCKET`);
    return undefined;
  }
  const isBucket = /^[a-zA-Z0-9][a-zA-Z0-9._-]{1,61}[a-zA-Z0-9]$/.test(bucket);
  check(isBucket, `ARNO_FILES_S3_BUCKET must be the name of a bucket, not "${bucket}"`);
  const endpoint = value('ARNO_FILES_S3_ENDPOINT') || undefined;
  check(
    endpoint === undefined || (/^https?:\/\/[^/?#@]+\/?$/.test(endpoint) && URL.canParse(endpoint)),
    'ARNO_FILES_S3_ENDPOINT must be an address such as https://s3.example:9000, without a path or password',
  );
  const [accessKey, secretKey] = [value('ARNO_FILES_S3_ACCESS_KEY'), value('ARNO_FILES_S3_SECRET_KEY')];
  check(
    (accessKey === '') === (secretKey === ''),
    'ARNO_FILES_S3_ACCESS_KEY and ARNO_FILES_S3_SECRET_KEY must both be set, or neither',
  );
  // Few stores beside Amazon's have a host name for each bucket.
  const pathStyle = value('ARNO_FILES_S3_PATH_STYLE') || String(endpoint !== undefined);
  check(
    /^(true|false)$/.test(pathStyle),
    `ARNO_FILES_S3_PATH_STYLE must be true or false, not "${pathStyle}"`,
  );
  return {
    ...{ bucket, endpoint, region: value('ARNO_FILES_S3_REGION'), pathStyle: pathStyle === 'true' },
    prefix: value('ARNO_FILES_S3_PREFIX').replace(/^\/+|\/+$/g, ''),
    keys: accessKey === '' ? undefined : { accessKey, secretKey },
  };
}

function readOidc(value: Value, check: Check): OidcConfig | undefined {
  const [issuer, clientId] = [value('ARNO_OIDC_ISSUER'), value('ARNO_OIDC_CLIENT_ID')];
  const clientSecret = value('ARNO_OIDC_CLIENT_SECRET') || undefined;
  const roles = new Map<string, OidcRole>();
  for (const pair of value('ARNO_OIDC_ROLES').split(',')) {
    const [, name, role] = /^\s*([^=]+?)\s*=\s*(admin|developer|user)\s*$/.exec(pair) ?? [];
    if (name) roles.set(name, role as OidcRole);
    check(
      name !== undefined,
      `ARNO_OIDC_ROLES: "${pair}" must be a role of the provider = admin, developer or user`,
    );
  }
  const audiences = value('ARNO_OIDC_AUDIENCE')
    .split(/[\s,]+/)
    .filter(Boolean);
  const clockSkew = Number(value('ARNO_OIDC_CLOCK_SKEW'));
  check(
    Number.isInteger(clockSkew) && clockSkew >= 0 && clockSkew <= 300,
    `ARNO_OIDC_CLOCK_SKEW must be seconds from 0 to 300, not "${value('ARNO_OIDC_CLOCK_SKEW')}"`,
  );
  if (issuer === '' && clientId === '') return undefined;
  check(
    issuer !== '' && clientId !== '',
    'ARNO_OIDC_ISSUER and ARNO_OIDC_CLIENT_ID must both be set, or neither',
  );
  check(
    /^https:\/\/[^/]|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])([:/]|$)/.test(issuer),
    'ARNO_OIDC_ISSUER must begin with https:// (http:// only on this machine)',
  );
  return { issuer, clientId, clientSecret, roles, audiences, clockSkew };
}

function readRoles({ role, agent }: Options, check: Check): Roles {
  const { roles, unknown } = parseRoles(role ?? roleNames.join(','));
  check(
    unknown.length === 0,
    `--role: there is no ${unknown.join(', ')}; choose among ${roleNames.join(', ')}, several with commas`,
  );
  check(roles.size > 0 || unknown.length > 0, '--role names no role');
  if (!agent) roles.delete('agent');
  // Its key pair is made here, and it calls the listeners of this process.
  const needed = (['api', 'files'] satisfies Role[]).filter((other) => !roles.has(other));
  check(
    !roles.has('agent') || needed.length === 0,
    `--role agent needs ${needed.join(' and ')} in the same process; elsewhere run "arno agent"`,
  );
  return roles;
}

function readClearml(value: Value, check: Check): ClearmlConfig | undefined {
  const address = (name: keyof typeof defaults) => {
    const text = value(name);
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isPlain = url && /^https?:$/.test(url.protocol) && !url.username && !url.search && !url.hash;
    check(text === '' || isPlain === true, `${name} must be an address such as https://api.clearml.example`);
    return text.replace(/\/+$/, '');
  };
  const api = address('ARNO_CLEARML_API_HOST');
  const web = address('ARNO_CLEARML_WEB_HOST') || undefined;
  const files = address('ARNO_CLEARML_FILES_HOST') || undefined;
  const accessKey = value('ARNO_CLEARML_ACCESS_KEY');
  const secretKey = value('ARNO_CLEARML_SECRET_KEY');
  const given = [api, accessKey, secretKey].filter(Boolean).length;
  check(
    given === 3 || (given === 0 && !web && !files),
    'ARNO_CLEARML_API_HOST, ARNO_CLEARML_ACCESS_KEY and ARNO_CLEARML_SECRET_KEY must all be set, or no ARNO_CLEARML_ setting',
  );
  return given === 3 ? { api, accessKey, secretKey, web, files } : undefined;
}

function readLeases(value: Value, check: Check): Config['leases'] {
  const seconds = (name: 'ARNO_WORKER_TIMEOUT' | 'ARNO_TASK_TIMEOUT') => {
    const number = Number(value(name));
    const valid = Number.isInteger(number) && number >= 10 && number <= 30 * 86_400;
    check(valid, `${name} must be seconds from 10 to 2592000 (30 days), not "${value(name)}"`);
    return number;
  };
  return { workerTimeout: seconds('ARNO_WORKER_TIMEOUT'), taskTimeout: seconds('ARNO_TASK_TIMEOUT') };
}

function readCallLog(value: Value, check: Check): CallLogConfig {
  const number = (name: 'ARNO_CALL_RETENTION' | 'ARNO_CALL_BODY_CHARS', max: number, what: string) => {
    const number = Number(value(name));
    const valid = Number.isInteger(number) && number >= 0 && number <= max;
    check(valid, `${name} must be ${what} from 0 to ${max}, not "${value(name)}"`);
    return number;
  };
  return {
    retentionDays: number('ARNO_CALL_RETENTION', 36_500, 'days'),
    bodyChars: number('ARNO_CALL_BODY_CHARS', 262_144, 'characters'),
  };
}

function readPorts(value: Value, check: Check): Config['ports'] {
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
  role?: string;
  demo: boolean;
  agent: boolean;
  resetPassword?: boolean;
}

function readOptions(argv: readonly string[]): Options {
  const command = new Command('arno-server')
    .description('Tracking server, inference gateway, file server and console')
    .option(
      '--role <list>',
      `the parts to run, with commas between them: ${roleNames.join(', ')}; default all`,
    )
    .option('--no-demo', 'do not fill the project "Getting started" on the first start')
    .option('--no-agent', 'do not run an agent beside the server')
    .option('--reset-password', 'give the administrator a new password')
    .addHelpText('after', '\n"arno-server import --help" tells how to bring along what an older system knew.')
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
