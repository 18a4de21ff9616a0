import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { type Arno, adminOf } from '../../lib/arno.ts';
import { launchBrowser, newContext } from '../../lib/browser.ts';
import { logIn } from '../../lib/console.ts';
import { test as base, expect } from '../../lib/test.ts';

export { expect };

export interface Account {
  username: string;
  password: string;
}

/** How a person looks at the console: whose account, which language, theme and size of window. */
export interface Look extends Pick<BrowserContextOptions, 'locale' | 'colorScheme' | 'viewport'> {
  /** Without it the administrator. */
  account?: Account;
}

/** Opens a page on which somebody is logged in. It fails the test at its end when a script of it failed. */
export type Open = (look?: Look) => Promise<Page>;

export const desktop = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };

/** Tests that share one running Arno and one browser. */
export const test = base.extend<{ browser: Browser; open: Open }>({
  browser: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures a fixture needs from this pattern
    async ({}, use) => {
      const browser = await launchBrowser();
      await use(browser);
      await browser.close();
    },
    { scope: 'file' },
  ],
  open: async ({ arno, browser }, use) => {
    const faults: string[] = [];
    const pages: Page[] = [];
    await use(async (look = {}) => {
      const page = await openPage(browser, arno, look);
      page.on('pageerror', (error) => faults.push(`${page.url()}: ${error}`));
      pages.push(page);
      return page;
    });
    for (const page of pages) await page.context().close();
    expect(faults).toEqual([]);
  },
});

async function openPage(browser: Browser, arno: Arno, { account, ...look }: Look): Promise<Page> {
  const context = await newContext(browser, {
    ...{ baseURL: arno.web, locale: 'en-GB', viewport: desktop, reducedMotion: 'reduce' },
    ...look,
  });
  await context.addInitScript(rememberNotifications);
  const page = await context.newPage();
  // The login form itself is tested where it is the subject.
  const answer = await context.request.post('/console/v1/login', { data: account ?? (await adminOf(arno)) });
  if (!answer.ok()) throw new Error(`login: ${answer.status()} ${await answer.text()}`);
  return page;
}

declare global {
  var said: Set<string>;
}

/** Runs in each page. */
function rememberNotifications(): void {
  globalThis.said = new Set();
  const look = () => {
    for (const { textContent } of document.querySelectorAll('[role="alert"]')) said.add(textContent ?? '');
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
}

/** Waits until the page has said this in a corner since it was loaded. It may have taken it back since: it does so after seconds. */
export async function untilSaid(page: Page, words: string | RegExp): Promise<void> {
  const all = () => page.evaluate(() => [...said]);
  await expect.poll(all).toContainEqual(expect.stringMatching(words));
}

/** Makes an account with this role. */
export async function makeAccount(
  arno: Arno,
  role: 'admin' | 'developer' | 'user',
  name: string,
): Promise<Account> {
  const username = name.toLowerCase().replaceAll(' ', '-');
  const { password } = await (await logIn(arno)).send('POST', 'users', { username, name, role });
  return { username, password };
}

/** Waits until a page shows what it has to show: its heading, and nothing that still loads. */
export async function settled(page: Page): Promise<void> {
  await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"], .mantine-Skeleton-root'));
}
