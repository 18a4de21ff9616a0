import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { test as base, describe, expect } from 'vitest';
import { type Arno, createHome, removeHome, startArno } from '../lib/arno.ts';
import { launchBrowser } from '../lib/browser.ts';
import type { Data } from '../lib/clearml.ts';
import { logIn, type Session } from '../lib/console.ts';
import { type Keycloak, passwordGrant, startKeycloak } from '../lib/keycloak.ts';
import { clientSecret, password } from '../lib/lab-realm.ts';
import { answering, publishModel, publishTask, startMachine } from '../lib/publish.ts';
import { until } from '../lib/wait.ts';
import { Editor } from './lib/editor.ts';
import { type NodeRed, startNodeRed } from './lib/node-red.ts';

// A flow that was exported with the lab's package, in the oldest Node-RED that ours is for, against the realm `master` of a real
// Keycloak, which is where that package logs in.

interface Lab {
  keycloak: Keycloak;
  arno: Arno;
  session: Session;
  nodeRed: NodeRed;
  browser: Browser;
  /** The flow, with the ids of what was published here. */
  flow: Data[];
  /** What a cloud container of the lab has as /data/refresh_token. */
  tokenFile: string;
  firstToken: string;
}

const client = 'nodered-iotedge';

const test = base.extend<{ lab: Lab }>({
  lab: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures a fixture needs from this pattern
    async ({}, use) => {
      const [home, keycloak, machine, browser] = await Promise.all([
        createHome(),
        startKeycloak('lab-flow-keycloak'),
        startMachine(answering({ digit: 5 })),
        launchBrowser(),
      ]);
      await addMia(keycloak);
      const issuer = `${keycloak.url}/realms/master`;
      const env = {
        ARNO_OIDC_ISSUER: issuer,
        ARNO_OIDC_CLIENT_ID: 'arno',
        ARNO_OIDC_CLIENT_SECRET: clientSecret,
        ARNO_OIDC_AUDIENCE: `${client},flows`,
      };
      const arno = await startArno({ label: 'lab-flow-arno', home, env, args: ['--no-agent', '--no-demo'] });
      const session = await logIn(arno);
      const task = await publishTask(arno, session, { alias: 'statistics' });
      const model = await publishModel(arno, session, { alias: 'digits', url: machine.url });
      const tokenFile = join(home.folder, 'refresh_token');
      const tokens = await passwordGrant(issuer, { client, username: 'mia', password });
      await writeFile(tokenFile, tokens.refresh_token);
      const nodeRed = await startNodeRed({
        label: 'lab-flow-node-red',
        version: 3,
        settings: {
          arnoUrl: arno.web,
          arnoRefreshTokenFile: tokenFile,
          keycloakBaseUri: issuer,
          keycloakClientid: client,
        },
      });
      const text = await readFile(join(import.meta.dirname, 'flows', 'lab.json'), 'utf8');
      const flow = JSON.parse(
        text
          .replaceAll('DOMAIN', new URL(keycloak.url).origin)
          .replaceAll('TASK_ID', task.public_id)
          .replaceAll('MACHINE_ID', model.public_id),
      );
      const firstToken = tokens.refresh_token;
      await use({ keycloak, arno, session, nodeRed, browser, flow, tokenFile, firstToken });
      await browser.close();
      await nodeRed.stop();
      await arno.stop();
      await Promise.all([keycloak.stop(), machine.close(), removeHome(home)]);
    },
    { scope: 'file' },
  ],
});

/** The client of the lab's package, and somebody with an account. */
async function addMia({ admin }: Keycloak): Promise<void> {
  await admin('POST', '/master/clients', {
    clientId: client,
    publicClient: true,
    standardFlowEnabled: false,
    directAccessGrantsEnabled: true,
  });
  await admin('POST', '/master/clients', {
    clientId: 'flows',
    secret: clientSecret,
    standardFlowEnabled: false,
    serviceAccountsEnabled: true,
  });
  await admin('POST', '/master/users', {
    username: 'mia',
    enabled: true,
    email: 'mia@example.org',
    emailVerified: true,
    firstName: 'Mia',
    lastName: 'of the lab',
    credentials: [{ type: 'password', value: password, temporary: false }],
  });
}

describe('a flow of the lab’s package', () => {
  test('is imported, opened and runs unchanged, with its account', async ({ lab }) => {
    const { browser, nodeRed, flow, session, arno } = lab;
    const editor = await Editor.open(browser, nodeRed);
    const { page } = editor;
    await editor.import(JSON.stringify(flow));
    await editor.showTab('Parking');

    // Exported flows have no passwords: they are entered again, as with the old package.
    const enqueue = await editor.nodeWith(flow[3].task_id.slice(0, 8));
    await editor.edit(enqueue);
    await page
      .locator('#node-input-btn-authentication-edit, #node-input-lookup-authentication')
      .first()
      .click();
    await page.locator('#node-config-input-user').fill('mia');
    await page.locator('#node-config-input-password').fill(password);
    await page.locator('#arno-test').click();
    await page.getByText('Tasks: 1, models: 1').waitFor();
    await editor.close('node-config-dialog-ok');
    await editor.close('node-dialog-cancel');
    await editor.deploy();
    const deployed = new Map((await nodeRed.flows()).map((node) => [node.id, node]));
    for (const node of flow) expect(deployed.get(node.id)).toMatchObject(node);

    const messages = await editor.openDebug();
    await editor.inject(await editor.nodeWith('task'));
    await messages.getByText('"ok"').nth(0).waitFor();
    await editor.inject(await editor.nodeWith('model'));
    await messages.getByText('"ok"').nth(1).waitFor();
    const { items } = await session.get('calls?limit=2');
    expect(items.map((call: Data) => [call.kind, call.caller])).toEqual([
      ['ondemand', 'Mia of the lab'],
      ['enqueue', 'Mia of the lab'],
    ]);
    const [, queued] = await Promise.all(items.map(({ id }: Data) => session.get(`calls/${id}`)));
    // What the message says wins over the node.
    expect(JSON.parse(queued.request).params).toEqual({ hours: 2 });
    expect(editor.faults).toEqual([]);
    expect(arno.program.output()).not.toContain(password);
  });

  test('runs with the refresh token of a container, and keeps the next one', async ({ lab }) => {
    const { nodeRed, session, tokenFile, firstToken, browser } = lab;
    const editor = await Editor.open(browser, nodeRed);
    await editor.showTab('Parking');
    const messages = await editor.openDebug();
    await editor.inject(await editor.nodeWith('container'));
    await messages.getByText('"ok"').waitFor();
    const { items } = await session.get('calls?limit=1');
    expect(items[0]).toMatchObject({ kind: 'ondemand', outcome: 'ok', caller: 'Mia of the lab' });
    const kept = await until('the next token is kept', async () => {
      const text = await readFile(tokenFile, 'utf8');
      return text !== firstToken && text;
    });
    for (const secret of [kept, firstToken, password]) expect(nodeRed.output()).not.toContain(secret);
  });
});

test('an arno-server logs in with client credentials, and with a refresh token', async ({ lab }) => {
  const { nodeRed, keycloak, arno, session, firstToken } = lab;
  const issuer = `${keycloak.url}/realms/master`;
  const server = { type: 'arno-server', url: arno.web, issuer };
  const logins = [
    { id: 'byClient', auth: 'client', clientId: 'flows', credentials: { clientSecret } },
    { id: 'byRefresh', auth: 'refresh', clientId: client, credentials: { refreshToken: firstToken } },
  ];
  const place = { z: 'logins', x: 100, y: 100 };
  const nodes = logins.flatMap(({ id, ...login }) => [
    { ...server, ...login, id },
    { ...place, id: `${id}-start`, type: 'inject', props: [], wires: [[`${id}-call`]] },
    {
      ...place,
      id: `${id}-call`,
      type: 'clearml-serving-ondemand',
      server: id,
      model: 'digits',
      input: '{}',
      wires: [[]],
    },
  ]);
  await nodeRed.deploy([{ id: 'logins', type: 'tab', label: 'Logins' }, ...nodes]);
  for (const [id, caller] of [
    ['byClient', 'service-account-flows'],
    ['byRefresh', 'Mia of the lab'],
  ]) {
    await nodeRed.inject(`${id}-start`);
    await until(`a call of ${caller}`, async () => {
      const { items } = await session.get('calls?limit=1');
      return items[0].caller === caller && items[0].outcome === 'ok';
    });
  }
  for (const secret of [clientSecret, firstToken]) {
    expect(nodeRed.output()).not.toContain(secret);
    expect(await nodeRed.file('flows.json')).not.toContain(secret);
    expect(await nodeRed.file('flows_cred.json')).not.toContain(secret);
  }
});
