import { test as base, describe, expect } from 'vitest';
import { type Arno, createHome, removeHome, startArno } from '../lib/arno.ts';
import { launchBrowser, newContext } from '../lib/browser.ts';
import type { Data } from '../lib/clearml.ts';
import { logIn, type Session } from '../lib/console.ts';
import { post } from '../lib/gateway.ts';
import { type Keycloak, passwordGrant, startKeycloak, tokensOf } from '../lib/keycloak.ts';
import { clientSecret, labRealm, password } from '../lib/lab-realm.ts';
import { answering, publishModel, publishTask, startMachine } from '../lib/publish.ts';
import { until } from '../lib/wait.ts';

// A real Keycloak with a realm as the lab has it: its people call the gateway with its access tokens.

interface Lab {
  keycloak: Keycloak;
  issuer: string;
  arno: Arno;
  session: Session;
  task: Data;
  model: Data;
  /** A token of somebody who called with it and was disabled right after. */
  tokenOfDisabled: string;
}

const test = base.extend<{ lab: Lab }>({
  lab: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures a fixture needs from this pattern
    async ({}, use) => {
      const [home, keycloak, machine] = await Promise.all([
        createHome(),
        startKeycloak('keycloak'),
        startMachine(answering({ digit: 5 })),
      ]);
      for (const realm of ['lab', 'other']) await keycloak.admin('POST', '', labRealm(realm, home.web));
      const issuer = `${keycloak.url}/realms/lab`;
      const env = {
        ARNO_OIDC_ISSUER: issuer,
        ARNO_OIDC_CLIENT_ID: 'arno',
        ARNO_OIDC_CLIENT_SECRET: clientSecret,
        ARNO_OIDC_AUDIENCE: 'arno,node-red,light,brief',
        ARNO_OIDC_CLOCK_SKEW: '0',
      };
      const arno = await startArno({ label: 'keycloak-arno', home, env, args: ['--no-agent', '--no-demo'] });
      const session = await logIn(arno);
      const task = await publishTask(arno, session, { alias: 'statistics' });
      const model = await publishModel(arno, session, { alias: 'digits', url: machine.url });
      const lab = { keycloak, issuer, arno, session, task, model };
      await use({ ...lab, tokenOfDisabled: await tokenOfDisabled(lab) });
      await arno.stop();
      await Promise.all([keycloak.stop(), machine.close(), removeHome(home)]);
    },
    { scope: 'file' },
  ],
});

const logInAs = (issuer: string, username: string, client = 'node-red') =>
  passwordGrant(issuer, { client, username, password, scope: 'openid' });

/** Calls the model `digits`, or another one, in the modern form. */
function callModel({ arno }: Pick<Lab, 'arno'>, token: string, alias = 'digits') {
  const authorization = `Bearer ${token}`;
  return post(`${arno.web}/gateway/v1/models/${alias}/calls`, {}, { authorization });
}

async function disable({ keycloak }: Pick<Lab, 'keycloak'>, username: string) {
  const [user] = await keycloak.admin('GET', `/lab/users?username=${username}`);
  await keycloak.admin('PUT', `/lab/users/${user.id}`, { ...user, enabled: false });
}

/** Made first of all, because it may stay good for a minute. */
async function tokenOfDisabled(lab: Omit<Lab, 'tokenOfDisabled'>): Promise<string> {
  const { access_token } = await logInAs(lab.issuer, 'leo', 'light');
  // A Keycloak that has just started may need long to answer for the first time.
  await until('it is believed', async () => (await callModel(lab, access_token)).status === 200);
  await disable(lab, 'leo');
  return access_token;
}

async function expectRefused(lab: Lab, token: string, words: string) {
  const { status, body } = await callModel(lab, token);
  expect({ status, ...body.error }).toEqual({
    status: 401,
    code: 'unauthorized',
    message: expect.stringContaining(words),
  });
}

describe('a token of the password grant, which the blocks of the lab use', () => {
  test('calls both services in both wire forms', async ({ lab }) => {
    const { arno, issuer, session, task, model } = lab;
    const { access_token } = await logInAs(issuer, 'mia');
    const legacy = `${arno.web}/clearml/serve`;
    const authorization = `Bearer ${access_token}`;

    const enqueue = { task_id: task.public_id, params: { hours: 2 } };
    const ondemand = { machine_id: model.public_id, endpoint: 'predict', params: {} };
    const answers = [
      await post(`${legacy}/enqueue_task`, { access_token, ...enqueue }),
      await post(`${legacy}/enqueue_task`, enqueue, { authorization }),
      await post(`${legacy}/ondemand`, { access_token, ...ondemand }),
      await post(`${arno.web}/gateway/v1/tasks/statistics/calls`, {}, { authorization }),
      await callModel(lab, access_token),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 202, 200]);
    expect(answers.map(({ body }) => body.status ?? body.digit)).toEqual([
      'queued',
      'queued',
      5,
      'queued',
      5,
    ]);

    const { items } = await session.get('calls?limit=5');
    expect(items.map((call: Data) => call.caller)).toEqual(Array(5).fill('mia of the lab'));
    const details = await Promise.all(items.map(({ id }: Data) => session.get(`calls/${id}`)));
    expect(JSON.stringify(details)).not.toContain(access_token.split('.')[2]);
    expect(arno.program.output()).not.toContain(access_token.split('.')[2]);
  });

  test('is refreshed', async ({ lab }) => {
    const { refresh_token } = await logInAs(lab.issuer, 'ada');
    const form = { grant_type: 'refresh_token', client_id: 'node-red', refresh_token };
    const { access_token } = await tokensOf(lab.issuer, form);
    expect((await callModel(lab, access_token)).status).toBe(200);
  });

  test('is the only one that calls: refresh and ID tokens do not', async ({ lab }) => {
    const { refresh_token, id_token } = await logInAs(lab.issuer, 'ada');
    await expectRefused(lab, id_token, 'another token of the issuer');
    const { status, body } = await callModel(lab, refresh_token);
    expect([status, body.error.code]).toEqual([401, 'unauthorized']);
  });
});

describe('rights', () => {
  const everybody = ['rosa', 'tim', 'ada', 'mia'];
  test.for([
    ['allowed_roles', 'AreaManager', ['ada']],
    ['allowed_roles', 'admin', ['rosa', 'tim']],
    ['allowed_roles', 'developer', ['rosa', 'tim', 'ada']],
    ['allowed_roles', 'user', everybody],
    ['allowed_groups', 'vision', ['ada']],
    ['allowed_groups', '/vision/parking', ['mia']],
  ] as const)('%s %s', async ([list, name, allowed], { lab }) => {
    const { session, issuer, model } = lab;
    const rights = { access: 'listed', allowed_roles: [], allowed_groups: [], [list]: [name] };
    const { id: path } = model;
    await session.send('PATCH', `endpoint-mappings/${path}`, rights);
    const callers = await Promise.all(
      everybody.map(async (username) => {
        const { access_token } = await logInAs(issuer, username);
        return { username, ...(await callModel(lab, access_token)) };
      }),
    );
    await session.send('PATCH', `endpoint-mappings/${path}`, { access: 'anyone' });
    expect(callers.filter(({ status }) => status === 200).map(({ username }) => username)).toEqual(allowed);
    const refused = callers.filter(({ status }) => status !== 200);
    for (const { status, body } of refused) expect([status, body.error.code]).toEqual([403, 'forbidden']);
  });
});

describe('what is refused', () => {
  test('the token of another realm', async ({ lab }) => {
    const { access_token } = await logInAs(`${lab.keycloak.url}/realms/other`, 'rosa');
    await expectRefused(lab, access_token, `was not issued by ${lab.issuer}`);
  });

  test('a token that another program was given', async ({ lab }) => {
    const { access_token } = await logInAs(lab.issuer, 'rosa', 'elsewhere');
    await expectRefused(lab, access_token, 'was not made for');
  });

  test('a token that has expired, though it was good before', async ({ lab }) => {
    const { access_token } = await logInAs(lab.issuer, 'ada', 'brief');
    await until('the token has expired', async () => (await callModel(lab, access_token)).status === 401);
    await expectRefused(lab, access_token, 'has expired');
  });

  test('a token somebody changed', async ({ lab }) => {
    const { access_token } = await logInAs(lab.issuer, 'mia');
    const [header, payload = '', signature] = access_token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    claims.realm_access.roles.push('RootAdmin');
    const forged = Buffer.from(JSON.stringify(claims)).toString('base64url');
    await expectRefused(lab, [header, forged, signature].join('.'), 'wrong signature');
  });
});

test('keys are rotated while everything runs, and an old one is soon none', async ({ lab }) => {
  const { keycloak, issuer } = lab;
  const before = await logInAs(issuer, 'ada');
  const unused = await logInAs(issuer, 'mia');
  expect((await callModel(lab, before.access_token)).status).toBe(200);
  const { id: parentId } = await keycloak.admin('GET', '/lab');
  const old = await keycloak.admin(
    'GET',
    `/lab/components?parent=${parentId}&type=org.keycloak.keys.KeyProvider`,
  );
  await keycloak.admin('POST', '/lab/components', {
    name: 'the next key',
    parentId,
    providerId: 'rsa-generated',
    providerType: 'org.keycloak.keys.KeyProvider',
    config: { priority: ['1000'], enabled: ['true'], active: ['true'], algorithm: ['RS256'] },
  });
  const { id: oldKey } = old.find(({ providerId }: Data) => providerId === 'rsa-generated');
  await keycloak.admin('DELETE', `/lab/components/${oldKey}`);

  const after = await logInAs(issuer, 'ada');
  // Keys are not fetched twice in a few seconds, or whoever makes up key ids could keep Keycloak busy.
  await until('the new key is known', async () => (await callModel(lab, after.access_token)).status === 200);
  await expectRefused(lab, unused.access_token, 'a key that its issuer does not publish');
});

describe('a lightweight token, which only Keycloak can read', () => {
  test('calls, with the rights of its person', async ({ lab }) => {
    const { session, issuer, model } = lab;
    await session.send('PATCH', `endpoint-mappings/${model.id}`, {
      access: 'listed',
      allowed_roles: ['AreaManager'],
      allowed_groups: [],
    });
    const [ada, mia] = await Promise.all([logInAs(issuer, 'ada', 'light'), logInAs(issuer, 'mia', 'light')]);
    expect(Buffer.from(ada.access_token.split('.')[1] ?? '', 'base64url').toString()).not.toContain(
      'AreaManager',
    );
    const statuses = [await callModel(lab, ada.access_token), await callModel(lab, mia.access_token)];
    await session.send('PATCH', `endpoint-mappings/${model.id}`, { access: 'anyone' });
    expect(statuses.map(({ status }) => status)).toEqual([200, 403]);
  });

  test('ends with the session, and with its person', async ({ lab }) => {
    const { keycloak, issuer } = lab;
    const [out, disabled] = [await logInAs(issuer, 'ada', 'light'), await logInAs(issuer, 'tim', 'light')];
    const [{ id: ada }] = await keycloak.admin('GET', '/lab/users?username=ada');
    await keycloak.admin('POST', `/lab/users/${ada}/logout`);
    await expectRefused(lab, out.access_token, 'revoked or expired');
    await disable(lab, 'tim');
    await expectRefused(lab, disabled.access_token, 'revoked or expired');
  });

  test('is believed for no more than a minute after it was good', async ({ lab }) => {
    const isOver = async () => (await callModel(lab, lab.tokenOfDisabled)).status === 401;
    await until('the token that was used before is refused', isOver);
  });
});

test('people log in to the console with it, in a browser', async ({ lab }) => {
  const browser = await launchBrowser();
  const page = await (await newContext(browser, { locale: 'en-GB' })).newPage();
  await page.goto(`${lab.arno.web}/console/v1/login/oidc`);
  await page.locator('#username').fill('rosa');
  await page.locator('#password').fill(password);
  await page.locator('#kc-login').click();
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
  const me = await page.evaluate(async () => (await fetch('/console/v1/me')).json());
  expect(me.user).toMatchObject({ username: 'rosa', name: 'rosa of the lab', role: 'admin' });
  await browser.close();
});

test('without Keycloak: who is known goes on for a while, others hear that it does not answer', async ({
  lab,
}) => {
  const { keycloak, issuer, arno } = lab;
  const { access_token } = await logInAs(issuer, 'ada');
  const light = await logInAs(issuer, 'ada', 'light');
  await keycloak.stop();
  expect((await callModel(lab, access_token)).status).toBe(200);
  expect((await callModel(lab, arno.token)).status).toBe(200);
  const { status, headers, body } = await callModel(lab, light.access_token);
  expect([status, body.error.code]).toEqual([503, 'issuer_unavailable']);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
});
