import type { NodeAPI } from 'node-red';
import { Gateway } from '../gateway/gateway.ts';
import { CallError } from '../http/call-error.ts';
import { createDispatcher, type TlsOptions } from '../http/http.ts';
import { clientCredentials, discovered, refreshGrant } from '../tokens/grants.ts';
import { fixedToken, RenewedTokens, type TokenSource } from '../tokens/token-source.ts';

/** Properties of `arno-server` in a flow file. Numbers may be texts: the editor's fields and environment variables give these. */
export interface ServerConfig {
  url: string;
  auth: 'token' | 'client' | 'refresh';
  issuer?: string;
  clientId?: string;
  scope?: string;
  /** Id of a `tls-config` node. */
  tls?: string;
  /** Seconds for the answer to a request. */
  timeout?: number | string;
  retries?: number | string;
  /** Requests at a time. */
  concurrency?: number | string;
}

export interface ServerSecrets {
  token?: string;
  clientSecret?: string;
  refreshToken?: string;
}

/** For servers that nothing says more about. */
export const defaults = { timeoutMs: 60_000, retries: 3, concurrency: 10 };

/**
 * The server of an `arno-server` node.
 *
 * @param save keeps a refresh token that took the place of the given one
 * @throws CallError that names the field that is wrong
 */
export function openServer(
  RED: NodeAPI,
  config: ServerConfig,
  secrets: ServerSecrets,
  save: (secrets: ServerSecrets) => void,
): Gateway {
  const dispatcher = createDispatcher(tlsOptions(RED, config.tls));
  return new Gateway({
    url: httpAddress(config.url, 'the address of the server'),
    tokens: tokensOf(config, secrets, { dispatcher, save }),
    dispatcher,
    timeoutMs: numberOf(config.timeout, defaults.timeoutMs / 1000, [1, 86_400]) * 1000,
    retries: numberOf(config.retries, defaults.retries, [0, 20]),
    concurrency: numberOf(config.concurrency, defaults.concurrency, [1, 1_000]),
  });
}

type TokenMeans = Pick<Parameters<typeof clientCredentials>[0], 'dispatcher'> & {
  save: (secrets: ServerSecrets) => void;
};

function tokensOf(
  config: ServerConfig,
  secrets: ServerSecrets,
  { dispatcher, save }: TokenMeans,
): TokenSource {
  if (config.auth !== 'client' && config.auth !== 'refresh') return fixedToken(secrets.token ?? '');
  const issuer = httpAddress(config.issuer ?? '', 'the issuer');
  if (!config.clientId) throw new CallError('the client id of the login is missing');
  const client = {
    endpoint: discovered(issuer, dispatcher),
    clientId: config.clientId,
    ...(secrets.clientSecret && { clientSecret: secrets.clientSecret }),
    dispatcher,
  };
  const { refreshToken = '' } = secrets;
  return new RenewedTokens(
    config.auth === 'client'
      ? clientCredentials(client, config.scope ?? '')
      : refreshGrant(client, refreshToken, (token) => save({ ...secrets, refreshToken: token })),
  );
}

/** What the chosen `tls-config` node says; nothing when none is chosen. */
function tlsOptions(RED: NodeAPI, id: string | undefined): TlsOptions {
  if (!id) return {};
  const node = RED.nodes.getNode(id) as unknown as { addTLSOptions?(options: TlsOptions): TlsOptions } | null;
  if (!node?.addTLSOptions)
    throw new CallError('the TLS configuration of the server is missing: deploy it first');
  return node.addTLSOptions({});
}

/** An address of HTTP, as it was given. */
export function httpAddress(address: string, what: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return address;
  throw new CallError(`${what} must begin with http:// or https://`);
}

function numberOf(
  value: number | string | undefined,
  otherwise: number,
  [least, most]: [number, number],
): number {
  const number = value === undefined || value === '' ? otherwise : Number(value);
  return Number.isFinite(number) ? Math.min(most, Math.max(least, number)) : otherwise;
}
