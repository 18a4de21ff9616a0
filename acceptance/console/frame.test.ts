import { describe } from 'vitest';
import { expectAccessible } from './lib/accessible.ts';
import { desktop, expect, makeAccount, phone, settled, test } from './lib/test.ts';

describe('the frame of the console', () => {
  test.for([
    ['developer', ['Dashboard', 'Task Mappings', 'Experiments'], '/users'],
    ['user', ['Dashboard', 'Enqueue Task Logs', 'Ondemand Logs'], '/tasks'],
  ] as const)('leads a %s only where they may go', async ([role, pages, closed], { arno, open }) => {
    const page = await open({ account: await makeAccount(arno, role, `A ${role}`) });
    await page.goto('/');
    const rail = page.getByRole('navigation', { name: 'Main' });
    for (const name of pages) await rail.getByRole('link', { name, exact: true }).waitFor();
    expect(await rail.getByRole('link', { name: 'Users' }).count()).toBe(0);
    for (const link of await rail.getByRole('link').all()) {
      await link.click();
      await settled(page);
      expect(await page.getByRole('heading', { name: 'You may not see this' }).count()).toBe(0);
    }
    await page.goto(closed);
    await page.getByRole('heading', { name: 'You may not see this' }).waitFor();
  });

  test('finds pages, things and actions from the keyboard', async ({ open }) => {
    const page = await open();
    await page.goto('/');
    await settled(page);
    const palette = async (words: string, entry: string) => {
      await page.keyboard.press('Control+k');
      await page.getByPlaceholder('Page, action, or the name of anything').fill(words);
      await page.getByRole('dialog').getByText(entry, { exact: true }).first().waitFor();
      await page.keyboard.press('Enter');
    };
    await palette('endpoint map', 'Endpoint Mappings');
    await page.waitForURL('**/endpoints-mappings');
    await palette('digits', 'digits');
    await page.waitForURL('**/endpoints-mappings/*');
    await palette('theme dark', 'Theme: Dark');
    await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
    await palette('italiano', 'Language: Italiano');
    await page.locator('html[lang="it"]').waitFor();
  });

  test('lists the keys of a page, and hides nothing from a screen reader', async ({ open }) => {
    const page = await open();
    await page.goto('/tasks');
    await settled(page);
    await page.keyboard.press('?');
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await sheet.getByText('Move down and up').waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'hidden' });
  });

  test('orders words from A to Z and times from the latest at the first click, and keeps it in the address', async ({
    open,
  }) => {
    const page = await open();
    await page.goto('/tasks');
    await settled(page);
    const head = (name: string) =>
      page.getByRole('columnheader', { name }).getByRole('button', { name, exact: true });
    await head('Name').click();
    await page.waitForURL('**/tasks?order=name');
    await head('Name').click();
    await page.waitForURL('**/tasks?order=-name');
    await page.goto('/users');
    await settled(page);
    await head('Last seen').click();
    await page.waitForURL('**/users?order=-last_seen');
  });

  test('has its rail in a drawer on a phone', async ({ open }) => {
    const page = await open({ viewport: phone });
    await page.goto('/');
    await page.getByRole('button', { name: 'Menu' }).click();
    await expectAccessible(page);
    await page.getByRole('dialog').getByRole('link', { name: 'Experiments' }).click();
    await page.waitForURL('**/tasks');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  });

  test('keeps its rail collapsed over a reload', async ({ open }) => {
    const page = await open({ viewport: desktop });
    await page.goto('/');
    await page.getByRole('button', { name: 'Collapse' }).click();
    await page.reload();
    await page.getByRole('button', { name: 'Expand' }).waitFor();
    await expectAccessible(page);
  });

  test('says what is missing', async ({ open }) => {
    const page = await open();
    await page.goto('/no/such/page');
    await page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Go to the dashboard' }).click();
    await page.getByRole('heading', { level: 1, name: 'Dashboard' }).waitFor();
  });

  test('says when the server is gone, and goes on when it is back', async ({ open }) => {
    const page = await open();
    await page.goto('/tasks');
    await settled(page);
    await page.context().setOffline(true);
    await page.getByText('The server does not answer.').waitFor();
    await expectAccessible(page);
    await page.context().setOffline(false);
    await page.getByText('The server does not answer.').waitFor({ state: 'hidden' });
  });

  test('asks who comes back after the end of a session, and returns to the page', async ({ arno, open }) => {
    const account = await makeAccount(arno, 'developer', 'Dora');
    const page = await open({ account });
    await page.goto('/tasks?status=failed');
    await settled(page);
    await page.context().clearCookies();
    await page.getByText('Your session is over.').waitFor();
    await page.getByLabel('Username').fill(account.username);
    await page.getByLabel('Password', { exact: true }).fill(account.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL('**/tasks?status=failed');
  });
});
