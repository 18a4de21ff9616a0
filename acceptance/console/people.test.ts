import { copyFile, mkdtemp, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { describe } from 'vitest';
import type { Arno } from '../lib/arno.ts';
import { newContext } from '../lib/browser.ts';
import { root } from '../lib/environment.ts';
import { runProgram } from '../lib/process.ts';
import { clientEnvironment, python } from '../lib/python.ts';
import { expectAccessible } from './lib/accessible.ts';
import { type Account, expect, settled, test } from './lib/test.ts';

/** What a person reads on the pages, by language. */
const english = {
  locale: 'en-GB',
  ...{ username: 'Username', name: 'Name', role: 'Role', create: 'Create', done: 'Done', login: 'Log in' },
  ...{
    users: 'Users',
    newUser: 'New user',
    developer: 'Developer',
    user: 'User',
    forbidden: 'You may not see this',
  },
  ...{ mappings: 'Task Mappings', calls: 'Ondemand Logs', access: 'Access', experiments: 'Experiments' },
  ...{
    keys: 'Key pairs of the SDK and of agents',
    pairs: 'SDK key pairs',
    new: 'New',
    revoke: 'Revoke',
    revoked: 'Revoked',
  },
  ...{ who: 'Who', networks: 'Allowed networks', save: 'Save', leaves: 'These networks leave out 127.0.0.1' },
};
type Words = typeof english;
const italian: Words = {
  locale: 'it-IT',
  ...{ username: 'Nome utente', name: 'Nome', role: 'Ruolo', create: 'Crea', done: 'Fatto', login: 'Accedi' },
  ...{
    users: 'Utenti',
    newUser: 'Nuovo utente',
    developer: 'Sviluppatore',
    user: 'Utente',
    forbidden: 'Non puoi vedere questa pagina',
  },
  ...{ mappings: 'Task Mappings', calls: 'Ondemand Logs', access: 'Accessi', experiments: 'Esperimenti' },
  ...{
    keys: "Coppie di chiavi dell'SDK e degli agenti",
    pairs: 'Coppie di chiavi SDK',
    new: 'Nuovo',
    revoke: 'Revoca',
    revoked: 'Revoca',
  },
  ...{ who: 'Chi', networks: 'Reti ammesse', save: 'Salva', leaves: 'Queste reti escludono 127.0.0.1' },
};

describe.for([english, italian])('in $locale', (words) => {
  test('an administrator makes people, who see only what they may', async ({ arno, browser, open }) => {
    const admin = await open({ locale: words.locale });
    const ada = await makePerson(admin, words, words.developer);
    const bob = await makePerson(admin, words, words.user);
    await expectAccessible(admin);

    const developer = await logInAs(browser, arno, words, ada);
    const links = developer.getByRole('navigation').first();
    await links.getByRole('link', { name: words.mappings, exact: true }).waitFor();
    expect(await links.getByRole('link', { name: words.users, exact: true }).count()).toBe(0);
    expect(await statuses(developer, ['users', 'access', 'audit', 'task-mappings'])).toEqual([
      403, 403, 200, 200,
    ]);
    await expectForbidden(developer, '/users', words);

    const user = await logInAs(browser, arno, words, bob);
    const own = user.getByRole('navigation').first();
    await own.getByRole('link', { name: words.calls, exact: true }).waitFor();
    for (const page of [words.users, words.mappings, words.experiments, words.access])
      expect(await own.getByRole('link', { name: page, exact: true }).count()).toBe(0);
    expect(
      await statuses(user, ['users', 'audit', 'project-shares', 'task-mappings', 'people', 'calls']),
    ).toEqual([...[403, 403, 403, 403, 403, 200]]);
    await expectForbidden(user, '/tasks-mappings', words);
    for (const page of [developer, user]) await page.context().close();
  });

  test('a key pair that an administrator revokes is refused from then on', async ({
    arno,
    browser,
    open,
  }) => {
    const admin = await open({ locale: words.locale });
    const ada = await makePerson(admin, words, words.developer);
    const developer = await logInAs(browser, arno, words, ada);
    const conf = await makeKeyPair(developer, words);
    expect(await whoami(arno, conf)).toMatchObject({
      code: 0,
      output: expect.stringContaining(`"${ada.name}"`),
    });

    await admin.goto('/users');
    await admin.getByRole('link', { name: ada.name }).click();
    const pairs = admin.getByRole('region', { name: words.keys });
    await pairs.getByRole('button', { name: words.revoke }).first().click();
    await expectAccessible(admin);
    await admin.getByRole('dialog').getByRole('button', { name: words.revoke, exact: true }).click();
    await expect.poll(() => pairs.getByRole('row').count()).toBe(0);
    const refused = await whoami(arno, conf);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/invalid credentials|unauthorized/i);

    await admin.goto('/audit?subject=credentials');
    const entry = admin.getByRole('row').filter({ hasText: words.revoked }).first();
    await entry.getByRole('link').click();
    const sheet = admin.getByRole('complementary').last();
    await sheet.getByText('user_id').waitFor();
    await sheet.getByText(words.who, { exact: true }).waitFor();
    await expectAccessible(admin);
    await developer.context().close();
  });

  test('networks are edited while the server runs, and nobody shuts themselves out', async ({
    arno,
    open,
  }) => {
    const admin = await open({ locale: words.locale });
    expect(await answersFrom('127.0.0.2', arno)).toEqual([200, 200, 200]);
    await admin.goto('/access?tab=networks');
    await settled(admin);
    const save = admin.getByRole('button', { name: words.save, exact: true });
    await admin.getByLabel(words.networks).fill('10.0.0.0/8');
    await admin.getByText(words.leaves).waitFor();
    expect(await save.isDisabled()).toBe(true);
    await admin.getByLabel(words.networks).fill('127.0.0.1/32\n10.0.0.0/8');
    await expect.poll(() => save.isEnabled()).toBe(true);
    await expectAccessible(admin);
    await saveNetworks(admin, words);
    await expect.poll(() => answersFrom('127.0.0.2', arno)).toEqual([403, 403, 403]);
    expect(await answersFrom('127.0.0.1', arno)).toEqual([200, 200, 200]);
    await admin.getByLabel(words.networks).fill('');
    await saveNetworks(admin, words);
    await expect.poll(() => answersFrom('127.0.0.2', arno)).toEqual([200, 200, 200]);
  });
});

interface Person extends Account {
  name: string;
}

let count = 0;

async function makePerson(page: Page, words: Words, role: string): Promise<Person> {
  count += 1;
  const [username, name] = [`person-${count}`, `Person ${count}`];
  await page.goto('/users');
  await page.getByRole('button', { name: words.newUser }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel(words.username).fill(username);
  await form.getByRole('textbox', { name: words.name, exact: true }).fill(name);
  await form.getByRole('combobox', { name: words.role }).click();
  await page.getByRole('option', { name: role, exact: true }).click();
  await form.getByRole('button', { name: words.create }).click();
  // Shown once: the user name and the password that was made up.
  const password = await form.locator('pre').nth(1).innerText();
  await form.getByRole('button', { name: words.done }).click();
  await page.getByRole('link', { name, exact: true }).waitFor();
  return { username, name, password: password.trim() };
}

/** Logs in by the form, in a browser that knows nobody. */
async function logInAs(
  browser: Browser,
  arno: Arno,
  words: Words,
  { username, password }: Person,
): Promise<Page> {
  const context = await newContext(browser, { baseURL: arno.web, locale: words.locale });
  const page = await context.newPage();
  await page.goto('/');
  await page.getByLabel(words.username).fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: words.login }).click();
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
  return page;
}

/** What the console's API answers to the person of a page. */
function statuses(page: Page, paths: string[]): Promise<number[]> {
  return Promise.all(
    paths.map(async (path) => (await page.context().request.get(`/console/v1/${path}`)).status()),
  );
}

async function expectForbidden(page: Page, path: string, words: Words): Promise<void> {
  await page.goto(path);
  await page.getByRole('heading', { name: words.forbidden }).waitFor();
  await settled(page);
  expect(await page.getByRole('main').getByRole('table').count()).toBe(0);
}

/** Makes a key pair on the person's own page; answers the `clearml.conf` that the page shows. */
async function makeKeyPair(page: Page, words: Words): Promise<string> {
  await page.goto('/profile/keys');
  const pairs = page.getByRole('region', { name: words.pairs });
  await pairs.getByRole('button', { name: words.new, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: words.create }).click();
  const conf = await dialog.locator('pre').first().innerText();
  await dialog.getByRole('button', { name: words.done }).click();
  return conf;
}

/** Asks with the official SDK, configured by nothing but a `clearml.conf`, who it speaks for. */
async function whoami(arno: Arno, conf: string) {
  const folder = await mkdtemp(join(arno.folder, 'sdk-'));
  await copyFile(join(root, 'acceptance', 'sdk', 'whoami.py'), join(folder, 'whoami.py'));
  const CLEARML_CONFIG_FILE = join(folder, 'clearml.conf');
  await writeFile(CLEARML_CONFIG_FILE, conf);
  const env = { ...clientEnvironment(arno), CLEARML_CONFIG_FILE };
  return runProgram('whoami', python, ['whoami.py'], { cwd: folder, env });
}

/** Statuses of the API on both its ports and of the file server, to somebody who calls from an address of this machine. */
function answersFrom(localAddress: string, { api, web, files }: Arno): Promise<(number | undefined)[]> {
  const ask = (url: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const call = request(url, { localAddress, timeout: 30_000 }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      call.on('error', reject).end();
    });
  return Promise.all([ask(`${api}/debug.ping`), ask(`${web}/api/debug.ping`), ask(files)]);
}

/** Saves, and waits until the page shows what is saved: there is nothing to be saved then. */
async function saveNetworks(page: Page, words: Words): Promise<void> {
  const save = page.getByRole('button', { name: words.save, exact: true });
  await save.click();
  await expect
    .poll(async () => [await save.isDisabled(), await save.getAttribute('data-loading')])
    .toEqual([true, null]);
}
