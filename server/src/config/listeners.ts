import { isIP } from 'node:net';
import { isNetwork, Networks } from '../platform/networks.ts';
import { type Reading, readNumber, wordsOf } from './reading.ts';

/** Where the listeners are, and who may come to them. */
export interface ListenerConfig {
  /** Address that all listeners bind to. */
  bind: string;
  ports: { web: number; api: number; files: number; serving: number };
  /** Networks that may reach the API and the file server; none given leaves it to the console, where an administrator edits them. */
  allowedNetworks: string[];
  /** Origins whose pages may call the API from a browser. */
  allowedOrigins: string[];
  /** Reverse proxies whose X-Forwarded headers say who asked. */
  trustedProxies: string[];
}

export function readListeners(reading: Reading): ListenerConfig {
  const { value, check } = reading;
  const bind = value('ARNO_BIND');
  check(isIP(bind) !== 0, `ARNO_BIND must be an IP address such as 127.0.0.1 or 0.0.0.0, not "${bind}"`);
  return {
    bind,
    ports: readPorts(reading),
    allowedNetworks: readNetworks('ARNO_ALLOWED_NETWORKS', reading),
    allowedOrigins: readOrigins(reading),
    trustedProxies: readNetworks('ARNO_TRUSTED_PROXIES', reading),
  };
}

export function readNetworks(name: string, { value, check }: Reading): string[] {
  const networks = wordsOf(value(name));
  for (const network of networks) {
    check(isNetwork(network), `${name}: "${network}" is no network; write 10.0.0.0/8, several with commas`);
  }
  return networks;
}

function readOrigins({ value, check }: Reading): string[] {
  const origins = wordsOf(value('ARNO_ALLOWED_ORIGINS'));
  for (const origin of origins) {
    const isOrigin = /^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin;
    check(
      isOrigin,
      `ARNO_ALLOWED_ORIGINS: "${origin}" is no origin; write https://app.example:8443, without a path`,
    );
  }
  return origins;
}

function readPorts(reading: Reading): ListenerConfig['ports'] {
  const bounds = { min: 1, max: 65_535, what: 'a port' };
  const port = (name: string) => readNumber(name, reading, bounds);
  const ports = {
    web: port('ARNO_WEB_PORT'),
    api: port('ARNO_API_PORT'),
    files: port('ARNO_FILES_PORT'),
    serving: port('ARNO_SERVING_PORT'),
  };
  reading.check(
    new Set(Object.values(ports)).size === 4,
    'ARNO_WEB_PORT, ARNO_API_PORT, ARNO_FILES_PORT and ARNO_SERVING_PORT must differ',
  );
  return ports;
}

/** Where the agent beside the server calls from. */
export function agentAddress(bind: string): string {
  const own = new Map([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
  ]);
  return own.get(bind) ?? bind;
}

/** The agent beside the server calls as others do, from the address that the listeners are bound to. */
export function checkOwnAgent(
  { bind, allowedNetworks: networks }: ListenerConfig,
  check: Reading['check'],
): void {
  const address = agentAddress(bind);
  check(
    networks.length === 0 || new Networks(networks.filter(isNetwork)).includes(address),
    `ARNO_ALLOWED_NETWORKS leaves out ${address}, where the agent beside the server calls from: add it, or start with --no-agent`,
  );
}
