import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { type Arno, adminOf } from '../lib/arno.ts';
import { newContext } from '../lib/browser.ts';

export interface Wanted {
  /** Names of pages; all without it. */
  only?: RegExp | undefined;
  /** The whole page, and not what a window shows of it. */
  whole?: boolean | undefined;
}

interface Taking extends Wanted {
  folder: string;
  look: { locale: string; colorScheme: 'light' | 'dark' };
  /** Addresses of pages by the names of their pictures. */
  pages: Record<string, string>;
  /** An end user, who may call and no more. */
  guest: { username: string; password: string };
}

const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };

/** Takes a picture of each page in both sizes, as the administrator sees it, and a few as others do. */
export async function takePictures(browser: Browser, arno: Arno, taking: Taking): Promise<void> {
  const { pages, guest, look } = taking;
  const context = await newContext(browser, { baseURL: arno.web, reducedMotion: 'reduce', ...look });
  const page = await context.newPage();
  const logIn = async (data: object) => {
    await context.clearCookies();
    await context.request.post('/console/v1/login', { data });
  };
  await take(page, taking, 'login', () => page.goto('/login'));
  await logIn(guest);
  await take(page, taking, 'guest-dashboard', () => page.goto('/'));
  await take(page, taking, 'forbidden', () => page.goto('/users'));
  await logIn(await adminOf(arno));
  for (const [name, path] of Object.entries(pages)) await take(page, taking, name, () => page.goto(path));
  await take(page, taking, 'try-answer', async () => {
    await page.goto(pages['endpoint-mapping-try'] ?? '');
    await page.getByRole('main').locator('form button[type="submit"]').click();
    await page.getByText('0.97').first().waitFor();
  });
  await take(page, taking, 'palette', async () => {
    await page.goto('/');
    await rest(page);
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('textbox').fill('traff');
  });
  await context.close();
}

async function take(
  page: Page,
  { folder, look, only, whole = false }: Taking,
  name: string,
  go: () => Promise<unknown>,
): Promise<void> {
  if (only && !only.test(name)) return;
  await page.setViewportSize(sizes.wide);
  await go();
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport);
    await rest(page);
    const path = join(folder, `${name}.${size}.${look.colorScheme}.png`);
    await page.screenshot({ path, fullPage: whole });
  }
}

/** Nothing loads any more, and charts are drawn. */
async function rest(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"], .mantine-Skeleton-root'));
  await page.waitForTimeout(500);
}
