import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { type Arno, adminOf } from './arno.ts';
import { findProgram } from './environment.ts';

export function launchBrowser(): Promise<Browser> {
  const executablePath =
    process.env.ARNO_CHROMIUM ?? findProgram('chromium', 'chromium-browser', 'google-chrome');
  // Chromium's sandbox refuses to run as root, which is what a container's tests run as.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args });
}

/** What is waited for comes; how soon is up to the machine. */
const patienceMs = 120_000;

/** A window of somebody who was never here, and who waits patiently. */
export async function newContext(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(patienceMs);
  return context;
}

/** A page in which the admin is logged in. */
export async function openConsole(browser: Browser, arno: Arno): Promise<Page> {
  const { username, password } = await adminOf(arno);
  const page = await (await newContext(browser, { locale: 'en-GB' })).newPage();
  await page.goto(arno.web);
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
  return page;
}
