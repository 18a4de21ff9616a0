import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Data } from './clearml.ts';
import { cleanEnvironment, freePorts, root } from './environment.ts';
import { startProgram } from './process.ts';
import { until } from './wait.ts';

/** What `npm test` prepares: see scripts/testing/keycloak.mjs. */
const cache = join(root, '.cache', 'keycloak');

/** A Keycloak of our own and what its administrator can do. */
export interface Keycloak {
  /** With the path `/auth`, as the lab's has it. */
  url: string;
  /** Calls the administration API below `/admin/realms`; answers the JSON, or the address of what was made. */
  admin(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<Data>;
  stop(): Promise<void>;
}

/** Tokens as the token endpoint answers them. */
export interface Tokens {
  access_token: string;
  refresh_token: string;
  id_token: string;
}

/** Starts Keycloak on a free port and a database of its own that has nothing but the administrator. */
export async function startKeycloak(label: string): Promise<Keycloak> {
  const folder = await mkdtemp(join(tmpdir(), 'arno-keycloak-'));
  const home = await homeOfKeycloak();
  await copyFile(join(home, 'data', 'h2', 'keycloakdb.mv.db'), join(folder, 'db.mv.db'));
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}/auth`;
  const options = ['--http-enabled=true', '--http-host=127.0.0.1', `--http-port=${port}`];
  const program = startProgram(
    label,
    join(home, 'bin', 'kc.sh'),
    ['start', '--optimized', ...options, '--hostname-strict=false'],
    {
      env: {
        ...cleanEnvironment(folder),
        KC_DB_URL: `jdbc:h2:file:${join(folder, 'db')};NON_KEYWORDS=VALUE;DB_CLOSE_ON_EXIT=FALSE`,
        JAVA_OPTS_KC_HEAP: '-Xms64m -Xmx300m',
        // It lives for a minute: the compiler that starts quickly is the better one.
        JAVA_OPTS_APPEND: '-XX:TieredStopAtLevel=1',
      },
    },
  );
  let ended = false;
  program.ended.then(() => {
    ended = true;
  });
  await until('Keycloak answers', async () => {
    if (ended) throw new Error(`Keycloak ended while it started:\n${program.output()}`);
    return (await fetch(`${url}/realms/master`).catch(() => undefined))?.ok;
  });
  return {
    url,
    admin: (method, path, body) => administer(url, method, path, body),
    async stop() {
      program.signal('SIGTERM');
      await program.ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function homeOfKeycloak(): Promise<string> {
  const names = await readdir(cache).catch((): string[] => []);
  const name = names.find((each) => each.startsWith('keycloak-'));
  if (!name || !names.includes('stamp'))
    throw new Error('this test needs Keycloak: run it through "npm test"');
  return join(cache, name);
}

async function administer(url: string, method: string, path: string, body?: object): Promise<Data> {
  const administrator = { username: 'admin', password: 'admin' };
  const { access_token } = await passwordGrant(`${url}/realms/master`, {
    client: 'admin-cli',
    ...administrator,
  });
  const response = await fetch(`${url}/admin/realms${path}`, {
    method,
    headers: { authorization: `Bearer ${access_token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? response.headers.get('location') : JSON.parse(text);
}

/** Logs in as the lab's blocks do: with name and password, for tokens. */
export function passwordGrant(
  issuer: string,
  { client, ...who }: { client: string; username: string; password: string; scope?: string },
): Promise<Tokens> {
  return tokensOf(issuer, { grant_type: 'password', client_id: client, ...who });
}

/** Asks the token endpoint of an issuer. */
export async function tokensOf(issuer: string, form: Record<string, string>): Promise<Tokens> {
  const response = await fetch(`${issuer}/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  });
  if (!response.ok) throw new Error(`${issuer} gives no token: ${response.status} ${await response.text()}`);
  return (await response.json()) as Tokens;
}
