import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestConsole, type TestConsole } from '../../test/console.ts';

const clientSecret = 'a-secret-that-only-the-provider-and-arno-know';
/** Realm roles by login name, as Keycloak would answer them. */
const realmRoles: Record<string, string[]> = {
  ada: ['offline_access', 'AreaManager', 'ToolAdmin'],
  bea: ['AreaManager'],
  cleo: ['Manager'],
  fay: ['Manager'],
  admin: ['Manager'],
};

let server: Server;
let issuer: string;
let console: TestConsole;
let arno: string;

beforeAll(async () => {
  server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const roles = new Map([
    ['ToolAdmin', 'admin'],
    ['AreaManager', 'developer'],
  ] as const);
  const rest = { audiences: [], clockSkew: 30 };
  console = await createTestConsole({ oidc: { issuer, clientId: 'arno', clientSecret, roles, ...rest } });
  arno = console.address;
  server.on('request', provider().callback());
});

afterAll(async () => {
  await console.close();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

/** A real OpenID Connect provider whose development pages log anybody in under the name they type. */
function provider(): Provider {
  return new Provider(issuer, {
    clients: [
      {
        client_id: 'arno',
        client_secret: clientSecret,
        redirect_uris: [`${arno}/console/v1/login/oidc/callback`],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['preferred_username', 'name', 'realm_access'], email: ['email'] },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        preferred_username: id,
        name: `Dr. ${id}`,
        email: `${id}@example.org`,
        realm_access: { roles: realmRoles[id] ?? [] },
      }),
    }),
  });
}

/** What a browser does: follows redirects, keeps cookies of each site, and fills in the provider's forms. */
class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();
  readonly login: string;
  /** Every address it was sent to. */
  readonly visited: string[] = [];

  constructor(login: string) {
    this.login = login;
  }

  async go(url: string, form?: Record<string, string>): Promise<Response> {
    const { origin, pathname } = new URL(url);
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: this.#cookieHeader(origin), 'sec-fetch-site': 'cross-site' },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(origin, line);
    const location = response.headers.get('location');
    if (location) {
      this.visited.push(new URL(location, url).href);
      if (origin === arno && pathname.endsWith('/callback')) return response;
      return this.go(new URL(location, url).href);
    }
    if (!response.headers.get('content-type')?.includes('text/html')) return response;
    const page = await response.text();
    const action = /action="([^"]+)"/.exec(page)?.[1] ?? '';
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? '';
    return this.go(new URL(action, url).href, { prompt, login: this.login, password: 'any' });
  }

  get session(): string {
    return this.#cookieHeader(arno);
  }

  clear(): void {
    this.#cookies.clear();
  }

  #keep(origin: string, line: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const jar = this.#cookies.get(origin) ?? new Map<string, string>();
    jar.set(name, value);
    this.#cookies.set(origin, jar);
  }

  #cookieHeader(origin: string): string {
    return [...(this.#cookies.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }
}

const begin = () => `${arno}/console/v1/login/oidc`;
const me = async (browser: Browser) =>
  (await console.call('GET', 'me', undefined, { cookie: browser.session })).body.user;

async function loggedIn(login: string): Promise<Browser> {
  const browser = new Browser(login);
  const { headers } = await browser.go(begin());
  expect(headers.get('location')).toBe('/');
  return browser;
}

test.each([
  ['ada', 'admin'],
  ['bea', 'developer'],
  ['cleo', 'user'],
])('%s logs in at the provider and is %s here', async (login, role) => {
  const user = await me(await loggedIn(login));
  expect(user).toMatchObject({ username: login, name: `Dr. ${login}`, role });
  expect((await me(await loggedIn(login))).id).toBe(user.id);
});

test('the provider says what somebody is, at each login', async () => {
  const { id } = await me(await loggedIn('dora'));
  realmRoles.dora = ['AreaManager'];
  expect(await me(await loggedIn('dora'))).toMatchObject({ id, role: 'developer' });
});

test('a name that the provider says is changed there', async () => {
  const cookie = { cookie: (await loggedIn('ada')).session };
  expect((await console.call('GET', 'me/profile', undefined, cookie)).body).toMatchObject({
    ...{ origin: 'oidc', has_password: false, is_provided: true },
  });
  const { status, body } = await console.call('PATCH', 'me', { name: 'Ada' }, cookie);
  expect([status, body.error.field]).toEqual([409, 'name']);
});

test('who was removed does not get in again by logging in, until an administrator lets them', async () => {
  const { id } = await me(await loggedIn('fay'));
  const row = console.database.db.selectFrom('users').select('oidc_roles').where('id', '=', id);
  expect((await row.executeTakeFirst())?.oidc_roles).toEqual(['Manager']);
  await console.database.db.deleteFrom('users').where('id', '=', id).execute();
  const { headers } = await new Browser('fay').go(begin());
  expect(decodeURIComponent(headers.get('location') ?? '')).toMatch(
    /sso_error=your account here was removed/,
  );
  expect((await console.call('DELETE', `removed-people/${id}`)).status).toBe(204);
  expect((await me(await loggedIn('fay'))).id).not.toBe(id);
});

test('an account that is here already is not taken over by its name', async () => {
  const user = await me(await loggedIn('admin'));
  expect(user).toMatchObject({ username: `admin (admin, ${issuer})`, role: 'user' });
  expect(user.id).not.toBe(console.admin.userId);
  expect((await me(await loggedIn('admin'))).id).toBe(user.id);
});

test('the request carries PKCE, state and nonce, none of which a script or another site can read', async () => {
  const response = await fetch(begin(), { redirect: 'manual' });
  const url = new URL(response.headers.get('location') ?? '');
  const names = ['code_challenge', 'state', 'nonce'];
  for (const name of names) expect(url.searchParams.get(name)).toMatch(/^[\w-]{20,}$/);
  expect(url.searchParams.get('code_challenge_method')).toBe('S256');
  const [cookie = ''] = response.headers.getSetCookie();
  expect(cookie).toMatch(
    /^arno_oidc=[^;]+; Path=\/console\/v1\/login\/oidc; Max-Age=600; HttpOnly; SameSite=Lax$/,
  );
  for (const name of names) expect(cookie).not.toContain(url.searchParams.get(name));
});

test.each([
  ['/tasks?status=failed,stopped&q=a+b', undefined],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
  ['/a\nb', '/'],
  [`/${'a'.repeat(3000)}`, '/'],
])('a login that began at %j ends there, if it is a page of ours', async (page, end = page) => {
  const { headers } = await new Browser('bea').go(`${begin()}?next=${encodeURIComponent(page)}`);
  expect(headers.get('location')).toBe(end);
});

test('a login that fails still knows the page to return to', async () => {
  const [cookie = '', page = ''] = (
    await fetch(`${begin()}?next=/tasks`, { redirect: 'manual' })
  ).headers.getSetCookie();
  const answer = await fetch(`${begin()}/callback?error=access_denied&state=wrong`, {
    redirect: 'manual',
    headers: { cookie: [cookie, page].map((line) => line.split(';')[0]).join('; ') },
  });
  expect(answer.headers.get('location')).toMatch(/^\/login\?sso_error=.+&next=%2Ftasks$/);
});

test('an answer for another browser, an old one or a refusal logs nobody in', async () => {
  const browser = await loggedIn('bea');
  const callback = browser.visited.find((url) => url.includes('/callback?')) ?? '';
  const failed = async (url: string, visitor: Browser) => {
    const { status, headers } = await visitor.go(url);
    expect([status, headers.get('location')]).toEqual([303, expect.stringMatching(/^\/login\?sso_error=/)]);
    expect(visitor.session).not.toContain('clearml_token_basic');
  };
  browser.clear();
  await failed(callback, browser);
  const other = new Browser('eve');
  await other.go(begin());
  other.clear();
  await failed(callback, other);

  const midway = new Browser('cleo');
  const attempt = await fetch(begin(), { redirect: 'manual' });
  const [cookie = ''] = (attempt.headers.get('set-cookie') ?? '').split(';');
  const answer = await fetch(`${begin()}/callback?error=access_denied&state=wrong`, {
    redirect: 'manual',
    headers: { cookie },
  });
  expect(answer.headers.get('location')).toMatch(/^\/login\?sso_error=/);
  await failed(`${begin()}/callback?code=guess&state=guess`, midway);
});

test('without a provider there is no single sign-on', async () => {
  const plain = await createTestConsole();
  expect((await plain.call('GET', 'login/oidc')).status).toBe(404);
  await plain.close();
});
