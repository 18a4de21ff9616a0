import { readFile, writeFile } from 'node:fs/promises';
import type { Dispatcher } from 'undici';
import { CallError, textOf } from '../http/call-error.ts';
import { contentOf, exchange } from '../http/http.ts';

/** What a token endpoint answers. */
export interface Grant {
  access_token: string;
  /** Seconds. */
  expires_in?: number;
  refresh_token?: string;
}

/** Asks for a new access token. */
export type AskForToken = (signal: AbortSignal) => Promise<Grant>;

/** Where and as which client to ask. */
export interface Client {
  /** Address of the token endpoint, or how to find it. */
  endpoint: string | ((signal: AbortSignal) => Promise<string>);
  clientId: string;
  clientSecret?: string;
  dispatcher: Dispatcher;
}

const timeoutMs = 15_000;

/** The token endpoint that an issuer names in its configuration; asked for once. */
export function discovered(issuer: string, dispatcher: Dispatcher): Client['endpoint'] {
  let known: string | undefined;
  return async (signal) => {
    if (known) return known;
    const url = `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
    const answer = await exchange({ method: 'GET', url }, { dispatcher, timeoutMs, signal });
    const { token_endpoint } = contentOf(answer) as { token_endpoint?: unknown };
    if (answer.status !== 200 || typeof token_endpoint !== 'string')
      throw new CallError(`${url} answers ${answer.status} and names no token endpoint: check the issuer`);
    known = token_endpoint;
    return known;
  };
}

/** A program's own login. */
export function clientCredentials(client: Client, scope: string): AskForToken {
  return (signal) =>
    ask(client, { grant_type: 'client_credentials', ...(scope !== '' && { scope }) }, signal);
}

/** A person's login: with the refresh token of the last answer as long as it is good, else with the password. */
export function passwordGrant(client: Client, username: string, password: string): AskForToken {
  let refreshToken: string | undefined;
  return async (signal) => {
    const grant = (await renewed(client, refreshToken, signal)) ?? (await logIn(signal));
    refreshToken = grant.refresh_token;
    return grant;
  };
  function logIn(signal: AbortSignal): Promise<Grant> {
    if (!username || !password) throw new CallError('there is no access token: user or password are missing');
    return ask(client, { grant_type: 'password', username, password }, signal);
  }
}

/** Undefined when there is no refresh token or it is no longer good. */
async function renewed(client: Client, token: string | undefined, signal: AbortSignal) {
  if (token === undefined) return undefined;
  try {
    return await ask(client, { grant_type: 'refresh_token', refresh_token: token }, signal);
  } catch (error) {
    const { status = 0 } = error instanceof CallError ? error.details : {};
    if (status === 400 || status === 401) return undefined;
    throw error;
  }
}

/** What became of refresh tokens that were given out once, for issuers that accept each only once. */
const successors = new Map<string, string>();

/** A login that was handed over as a refresh token. `save` keeps the next one where the first came from. */
export function refreshGrant(client: Client, first: string, save: (token: string) => void): AskForToken {
  return async (signal) => {
    if (first === '') throw new CallError('there is no access token: the refresh token is missing');
    const refresh_token = successors.get(first) ?? first;
    const grant = await ask(client, { grant_type: 'refresh_token', refresh_token }, signal);
    if (grant.refresh_token && grant.refresh_token !== refresh_token) {
      successors.set(first, grant.refresh_token);
      save(grant.refresh_token);
    }
    return grant;
  };
}

/** The login of the lab's cloud containers: other programs use the same file, so it is read each time. */
export function fileGrant(client: Client, path: string): AskForToken {
  return async (signal) => {
    const refresh_token = (await readFile(path, 'utf8').catch((error) => noFile(path, error))).trim();
    const grant = await ask(client, { grant_type: 'refresh_token', refresh_token }, signal);
    if (grant.refresh_token) await writeFile(path, grant.refresh_token, { mode: 0o600 });
    return grant;
  };
}

function noFile(path: string, error: unknown): never {
  const fault = (error as { code?: string }).code === 'ENOENT' ? `there is no ${path}` : textOf(error);
  throw new CallError(`there is no access token: choose a server or an account in the node (${fault})`);
}

async function ask(client: Client, form: Record<string, string>, signal: AbortSignal): Promise<Grant> {
  const { clientId, clientSecret, dispatcher } = client;
  const url = typeof client.endpoint === 'string' ? client.endpoint : await client.endpoint(signal);
  const who = { client_id: clientId, ...(clientSecret && { client_secret: clientSecret }) };
  const answer = await exchange(
    {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({ ...form, ...who }).toString(),
    },
    { dispatcher, timeoutMs, signal },
  );
  const body = contentOf(answer) as Partial<Grant> & { error?: string; error_description?: string };
  if (answer.status === 200 && typeof body?.access_token === 'string') return body as Grant;
  const reason = body?.error_description ?? body?.error ?? 'no token came';
  throw new CallError(`the login at ${new URL(url).host} failed: ${answer.status} ${reason}`, {
    status: answer.status,
  });
}
