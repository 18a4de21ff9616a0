import type { Browser, Page } from 'playwright-core';
import { describe } from 'vitest';
import { launchBrowser, newContext, openConsole } from './lib/browser.ts';
import { logIn } from './lib/console.ts';
import { bearer, finishedCall, five, post } from './lib/gateway.ts';
import { runScript } from './lib/python.ts';
import { test as base, expect } from './lib/test.ts';

const test = base.extend<{ browser: Browser; page: Page; trained: { task: string; page: string } }>({
  browser: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures a fixture needs from this pattern
    async ({}, use) => {
      const browser = await launchBrowser();
      await use(browser);
      await browser.close();
    },
    { scope: 'file' },
  ],
  page: async ({ browser, arno }, use) => {
    const page = await openConsole(browser, arno);
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(`${error}`));
    await use(page);
    await page.context().close();
    expect(faults).toEqual([]);
  },
  trained: [
    async ({ arno }, use) =>
      use(await runScript<{ task: string; page: string }>(arno, 'train.py', ['--epochs', '4'])),
    { scope: 'file' },
  ],
});

describe('the console in a browser', () => {
  test('refuses a wrong password', async ({ browser, arno }) => {
    const page = await (await newContext(browser, { locale: 'en-GB' })).newPage();
    await page.goto(arno.web);
    await page.getByLabel('Username').fill('admin');
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('heading', { name: 'Dashboard' }).count()).toBe(0);
    await page.context().close();
  });

  test('shows the counts and the last calls on the dashboard', async ({ arno, page }) => {
    const alias = (await (await logIn(arno)).get('task-mappings')).items[0].alias;
    const queued = await post(`${arno.web}/gateway/v1/tasks/${alias}/calls`, {}, bearer(arno));
    await finishedCall(arno, queued.body.call_id);
    await post(`${arno.web}/gateway/v1/models/digits/calls`, await five(), bearer(arno));
    await page.reload();
    const main = page.getByRole('main');
    for (const word of ['Tasks', 'Endpoints', 'Serving machines'])
      await main.getByText(word).first().waitFor();
    await main.getByText(alias).first().waitFor();
    await main.getByText('digits').first().waitFor();
  });

  test('finds a task, its console log and its scalars', async ({ arno, page, trained }) => {
    await page.goto(`${arno.web}/tasks`);
    await page.getByRole('link', { name: 'train' }).first().click();
    await page.waitForURL(new RegExp(trained.task));
    await page.goto(`${arno.web}/tasks/${trained.task}/console`);
    await page.getByText('a line through report_text').waitFor();
    await page.goto(`${arno.web}/tasks/${trained.task}/scalars`);
    await page.getByText('loss').first().waitFor();
    await page.locator('canvas').first().waitFor();
    await expect.poll(() => drawnPixels(page)).toBeGreaterThan(100);
  });

  test('opens the page whose address the SDK prints', async ({ arno, page, trained }) => {
    await page.goto(trained.page);
    await page.waitForURL(`${arno.web}/tasks/${trained.task}/console`);
    await page.getByText('a line through report_text').waitFor();
  });
});

/** Pixels of the first chart that are not transparent. */
function drawnPixels(page: Page): Promise<number> {
  return page
    .locator('canvas')
    .first()
    .evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const image = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height);
      return Array.from(image?.data ?? []).filter((value, index) => index % 4 === 3 && value > 0).length;
    });
}
