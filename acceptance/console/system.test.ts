import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe } from 'vitest';
import { adminOf } from '../lib/arno.ts';
import { logIn } from '../lib/console.ts';
import { until } from '../lib/wait.ts';
import { expectAccessible } from './lib/accessible.ts';
import { expect, settled, test, untilSaid } from './lib/test.ts';

const english = {
  locale: 'en-GB',
  ...{
    bundle: 'Support bundle',
    days: 'Days that the log of calls keeps a call',
    save: 'Save',
    shorten: 'Shorten',
  },
  ...{ saved: 'Settings saved', back: 'Back to the default (90)', console: 'Log of calls', kept: '30 days' },
};
const italian: typeof english = {
  locale: 'it-IT',
  ...{
    bundle: 'Pacchetto di assistenza',
    days: 'Giorni per cui il log conserva una chiamata',
    save: 'Salva',
    shorten: 'Abbrevia',
  },
  ...{
    saved: 'Impostazioni salvate',
    back: 'Torna al valore predefinito (90)',
    console: 'Log delle chiamate',
    kept: '30 giorni',
  },
};

describe.for([english, italian])('in $locale', (words) => {
  test('health is a page for people, with a support bundle that has no secret in it', async ({
    arno,
    open,
  }) => {
    const page = await open({ locale: words.locale });
    await page.goto('/health');
    await settled(page);
    for (const text of ['PostgreSQL', 'database', 'gateway']) await page.getByText(text).first().waitFor();
    await expectAccessible(page);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: words.bundle }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^arno-support-.*\.json$/);
    const text = await readFile(await download.path(), 'utf8');
    const secrets = [arno.token, arno.secretKey, arno.accessKey, (await adminOf(arno)).password];
    for (const secret of secrets) expect(text).not.toContain(secret);
    expect(JSON.parse(text)).toMatchObject({ health: { status: 'ok' }, log: expect.any(Array) });
    expect(JSON.parse(text).log.length).toBeGreaterThan(0);
  });

  test('how long calls are kept is changed while the server runs', async ({ arno, open }) => {
    const page = await open({ locale: words.locale });
    await page.goto('/settings');
    await settled(page);
    await expectAccessible(page);
    await page.getByRole('textbox', { name: words.days }).fill('30');
    await page.getByRole('button', { name: words.save }).click();
    await page.getByRole('button', { name: words.shorten }).click();
    await untilSaid(page, words.saved);
    expect((await (await logIn(arno)).get('system/settings')).calls).toMatchObject({
      ...{ retention_days: 30, source: 'console' },
    });
    await page.goto('/health');
    await page.getByText(words.kept).first().waitFor();
    await page.goto('/settings');
    await page.getByRole('button', { name: words.back }).click();
    await untilSaid(page, words.saved);
  });
});

test('probes are told how the server is doing, on the address of the page', async ({ arno }) => {
  // The serving runtime may not have loaded its models yet.
  const answer = await until('it is well', async () => {
    const asked = await fetch(`${arno.web}/health`);
    return asked.status === 200 && asked;
  });
  expect(answer.headers.get('vary')).toContain('accept');
  expect(await answer.json()).toMatchObject({ status: 'ok', roles: { database: 'ok' } });
  const page = await fetch(`${arno.web}/health`, { headers: { accept: 'text/html,*/*;q=0.8' } });
  expect(page.headers.get('content-type')).toContain('text/html');
  const password = (await readFile(join(arno.data, 'admin-password'), 'utf8')).trim();
  expect(await page.text()).not.toContain(password);
});
