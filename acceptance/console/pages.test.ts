import type { Page } from 'playwright-core';
import { describe } from 'vitest';
import type { Arno } from '../lib/arno.ts';
import { logIn } from '../lib/console.ts';
import { bearer, five, post } from '../lib/gateway.ts';
import { accessFaults, widthFaults } from './lib/accessible.ts';
import { desktop, expect, phone, settled, test } from './lib/test.ts';

/** Some forty pages in two sizes, each looked at twice by axe: minutes where the machine has much else to do. */
const limits = { timeout: 1_200_000 };
const looks = [
  { locale: 'en-GB', colorScheme: 'light' },
  { locale: 'it-IT', colorScheme: 'dark' },
] as const;

describe.concurrent('every page that the console leads to', () => {
  test.for(looks)('is for everybody, in $locale and $colorScheme', limits, async (look, { arno, open }) => {
    await makeCalls(arno);
    const page = await open(look);
    const waiting = await linksOf(page);
    const seen = new Set<string>();
    const faults: string[] = [];
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      seen.add(path);
      await page.setViewportSize(desktop);
      await page.goto(path);
      await settled(page);
      // From each list the first detail and the form for another one.
      const further = (await detailsOf(page)).filter((each) => !seen.has(each) && !waiting.includes(each));
      if (further.length > 0) waiting.push(...further);
      faults.push(
        ...(await page.getByRole('alert').allTextContents()).map((text) => `${path} says: ${text}`),
      );
      faults.push(...(await accessFaults(page)));
      await page.setViewportSize(phone);
      faults.push(...(await widthFaults(page)), ...(await accessFaults(page)));
    }
    expect(faults).toEqual([]);
    expect(seen.size).toBeGreaterThan(8);
  });
});

/** Lists without a row would show little. */
async function makeCalls(arno: Arno): Promise<void> {
  const alias = (await (await logIn(arno)).get('task-mappings')).items[0].alias;
  await post(`${arno.web}/gateway/v1/tasks/${alias}/calls`, {}, bearer(arno));
  await post(`${arno.web}/gateway/v1/models/digits/calls`, await five(), bearer(arno));
}

/** Where the navigation and the person's own menu lead. */
async function linksOf(page: Page): Promise<string[]> {
  await page.goto('/');
  await settled(page);
  const links = await page.getByRole('navigation').first().getByRole('link').all();
  const paths = await Promise.all(links.map((link) => link.getAttribute('href')));
  return [...new Set([...paths.filter((path) => path !== null), '/profile', '/profile/keys'])];
}

async function detailsOf(page: Page): Promise<string[]> {
  const { pathname } = new URL(page.url());
  const form = page.getByRole('main').locator(`a[href="${pathname}/new"]`);
  const row = page.getByRole('main').locator(`tbody tr a[href^="${pathname}/"]`);
  const links = [...(await form.all()).slice(0, 1), ...(await row.all()).slice(0, 1)];
  const paths = await Promise.all(links.map((link) => link.getAttribute('href')));
  return paths.filter((path) => path !== null).map((path) => path.replace(/\?.*/, ''));
}
