import { type Browser, chromium, type Page } from 'playwright-core';
import { type Arno, adminOf } from './arno.ts';
import { findProgram } from './environment.ts';

export function launchBrowser(): Promise<Browser> {
  const executablePath =
    process.env.ARNO_CHROMIUM ?? findProgram('chromium', 'chromium-browser', 'google-chrome');
  // Chromium's sandbox refuses to run as root, which is what a container's tests run as.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args });
}

/** A page in which the admin is logged in. */
export async function openConsole(browser: Browser, arno: Arno): Promise<Page> {
  const { username, password } = await adminOf(arno);
  const page = await browser.newPage({ locale: 'en-GB' });
  await page.goto(arno.web);
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Dashboard' }).waitFor();
  return page;
}
