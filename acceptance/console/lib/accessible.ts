import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { expect } from './test.ts';

/** Fails when axe finds something on the page that keeps people out: what it calls serious or critical. */
export async function expectAccessible(page: Page): Promise<void> {
  expect(await accessFaults(page)).toEqual([]);
}

/** What axe calls serious or critical, each with where it is and why. */
export async function accessFaults(page: Page): Promise<string[]> {
  // The console has no frames of other sites, for whose sake axe would otherwise open another page each time.
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] });
  const { violations } = await axe.analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return grave.flatMap(({ id, nodes }) =>
    nodes.map(({ html, any, all }) => {
      const reason = [...any, ...all][0]?.message ?? '';
      return `${placeOf(page)}: ${id}: ${reason}\n  ${html.slice(0, 200)}`;
    }),
  );
}

/** What makes a page wider than its window, once it has come to rest. */
export async function widthFaults(page: Page): Promise<string[]> {
  await page
    .waitForFunction(
      () => document.documentElement.scrollWidth <= document.documentElement.clientWidth,
      null,
      {
        timeout: 30_000,
      },
    )
    .catch(() => undefined);
  const wide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const all = [...document.querySelectorAll<HTMLElement>('body *')];
    const out = all.filter((element) => element.getBoundingClientRect().right > width + 1);
    return out.slice(0, 3).map((element) => element.outerHTML.slice(0, 200));
  });
  return wide.map((html) => `${placeOf(page)}: wider than the window:\n  ${html}`);
}

function placeOf(page: Page): string {
  const { pathname, search } = new URL(page.url());
  return `${pathname}${search} at ${page.viewportSize()?.width} px`;
}
