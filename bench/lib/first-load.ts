import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { Arno } from '../../acceptance/lib/arno.ts';
import { launchBrowser, openConsole } from '../../acceptance/lib/browser.ts';
import type { Figure } from './figures.ts';

/** Pages go on listening for events, so that nothing tells when the last script has come. */
const settleMs = 1500;

/**
 * What a browser with an empty cache loads before it shows the login page, and then page after page in the order in which people
 * meet them: what is there already is not loaded again.
 */
export async function firstLoad(arno: Arno): Promise<Figure[]> {
  const browser = await launchBrowser();
  try {
    const login = await browser.newPage();
    const loginBytes = await bytesOf(login, async () => {
      await login.goto(arno.web);
      await login.getByLabel('Username').waitFor();
    });
    const page = await openConsole(browser, arno);
    const context = page.context();
    const fresh = await context.browser()?.newContext({ storageState: await context.storageState() });
    if (!fresh) throw new Error('the browser is gone');
    const console = await fresh.newPage();
    const pages: [string, string, string][] = [
      ['dashboard', '/', 'Dashboard'],
      ['tasks', '/tasks', 'Experiments'],
      ['calls', '/calls/ondemand', 'Ondemand Logs'],
    ];
    const figures = [figure('login', loginBytes, 'of the login page (goal: below 300,000)')];
    for (const [name, path, heading] of pages) {
      const bytes = await bytesOf(console, async () => {
        await console.goto(`${arno.web}${path}`);
        await console.getByRole('heading', { name: heading, level: 1 }).waitFor();
        await sleep(settleMs);
      });
      const meaning =
        name === 'dashboard'
          ? 'of the first page after the login (goal: below 300,000)'
          : `that ${path} adds`;
      figures.push(figure(name, bytes, meaning));
    }
    return figures;
  } finally {
    await browser.close();
  }
}

function figure(name: string, value: number, meaning: string): Figure {
  return { name: `script_bytes_${name}`, value, meaning: `bytes of script on the wire ${meaning}` };
}

/** Bytes of scripts that arrive while `work` runs, as they came over the wire; none for what the cache has. */
async function bytesOf(page: Page, work: () => Promise<void>): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const scripts = new Set<string>();
  let bytes = 0;
  session.on('Network.responseReceived', ({ requestId, type, response }) => {
    if (type === 'Script' && !response.fromDiskCache) scripts.add(requestId);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  await work();
  await session.detach();
  return bytes;
}
