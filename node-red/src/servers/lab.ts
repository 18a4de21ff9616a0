import { createHash } from 'node:crypto';
import type { NodeAPI } from 'node-red';
import { labSettings } from '../config.ts';
import { Gateway } from '../gateway/gateway.ts';
import { createDispatcher } from '../http/http.ts';
import { fileGrant, passwordGrant } from '../tokens/grants.ts';
import { RenewedTokens, type TokenSource } from '../tokens/token-source.ts';
import { defaults, httpAddress } from './server.ts';

// The two logins of the lab's package: an account in its configuration node, or, without one, the file of a cloud container.

/** Properties of `snap4city-authentication-clearml` in a flow file. */
export interface LabAccount {
  domain: string;
}
export interface LabSecrets {
  user?: string;
  password?: string;
}

const labDomain = 'https://www.snap4city.org';

/**
 * The server of an account: `arnoUrl` of the settings, else the account's domain, where the lab's own is.
 *
 * @throws CallError that names the field that is wrong
 */
export function openAccount(
  RED: NodeAPI,
  { domain }: LabAccount,
  { user = '', password = '' }: LabSecrets,
): Gateway {
  const { clientId = 'nodered-iotedge', clientSecret, url } = labSettings(RED);
  const address = httpAddress(domain || labDomain, 'the domain of the account');
  const dispatcher = createDispatcher();
  const client = {
    endpoint: `${realmOf(address)}/protocol/openid-connect/token/`,
    clientId,
    ...(clientSecret && { clientSecret }),
    dispatcher,
  };
  const tokens = new RenewedTokens(passwordGrant(client, user, password));
  return new Gateway({ url: url ?? new URL(address).origin, tokens, dispatcher, ...defaults });
}

/** The lab's realm of a domain; another one may be given with its path. */
function realmOf(domain: string): string {
  const address = domain.replace(/\/+$/, '');
  return /\/realms\/[^/]+$/.test(address) ? address : `${address}/auth/realms/master`;
}

/** The server of nodes that name none, with the login of the container they run in. */
export function openContainer(RED: NodeAPI): Gateway {
  const { clientId = 'nodered', clientSecret, baseUri, url, refreshTokenFile } = labSettings(RED);
  const dispatcher = createDispatcher();
  const endpoint = `${baseUri.replace(/\/+$/, '')}/protocol/openid-connect/token/`;
  const login = { endpoint, clientId, clientSecret: clientSecret ?? '', refreshTokenFile };
  const tokens = sharedByNodes(
    JSON.stringify(login),
    () =>
      // With connections of its own, because it outlives the node that was the first to need it.
      new RenewedTokens(fileGrant({ ...login, dispatcher: createDispatcher() }, refreshTokenFile)),
  );
  return new Gateway({ url: url ?? labDomain, tokens, dispatcher, ...defaults });
}

const shared = new Map<string, { tokens: TokenSource; users: number }>();

/** One token for all nodes with the same login; the last one that closes it ends it. */
function sharedByNodes(login: string, create: () => TokenSource): TokenSource {
  const key = createHash('sha256').update(login).digest('hex');
  const entry = shared.get(key) ?? { tokens: create(), users: 0 };
  shared.set(key, entry);
  entry.users += 1;
  const { tokens } = entry;
  return {
    token: (signal) => tokens.token(signal),
    refused: (token) => tokens.refused(token),
    close() {
      entry.users -= 1;
      if (entry.users > 0) return;
      tokens.close();
      shared.delete(key);
    },
  };
}
