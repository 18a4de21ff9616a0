import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import type { Arno } from '../lib/arno.ts';
import { clearml, type Data } from '../lib/clearml.ts';
import { logIn, type Session } from '../lib/console.ts';
import { bearer, post } from '../lib/gateway.ts';
import { type Machine, publishModel, publishTask, startMachine } from '../lib/publish.ts';
import { expectAccessible } from './lib/accessible.ts';
import { expect, makeAccount, settled, test, untilSaid } from './lib/test.ts';

/** What a person reads on the pages, by language. */
const english = {
  locale: 'en-GB',
  ...{
    list: 'Calls',
    two: '2 new',
    failed: 'Failed',
    queued: 'Queued',
    aborted: 'Aborted',
    count: /^3 calls · kept/,
  },
  ...{
    export: 'Export',
    csv: 'CSV, for spreadsheets',
    ndjson: 'NDJSON, for programs',
    exported: /^3 calls exported/,
  },
  ...{
    repeat: 'Repeat this call',
    repeated: 'The call was repeated',
    masked: /masks what is secret/,
    try: 'Open in Try it',
  },
  ...{ phases: 'Time in each phase', numbers: 'Show the numbers', wait: 'Wait for the machine' },
  ...{ more: 'More', delete: 'Delete calls', deleted: '1 call deleted', none: 'No call fits these filters' },
  ...{ bars: 'On-Demand calls', platform: 'Health of serving machines', own: /^Your own calls/ },
};
type Words = typeof english;
const italian: Words = {
  locale: 'it-IT',
  ...{ list: 'Chiamate', two: '2 nuovi', failed: 'Fallita', queued: 'In coda', aborted: 'Interrotta' },
  ...{ count: /^3 chiamate · conservate/, export: 'Esporta', csv: 'CSV, per fogli di calcolo' },
  ...{ ndjson: 'NDJSON, per programmi', exported: /^3 chiamate esportate/ },
  ...{ repeat: 'Ripeti la chiamata', repeated: 'La chiamata è stata ripetuta', masked: /nasconde i segreti/ },
  ...{
    try: 'Apri in Prova',
    phases: 'Tempo in ogni fase',
    numbers: 'Mostra i numeri',
    wait: 'Attesa della macchina',
  },
  ...{ more: 'Altro', delete: 'Elimina chiamate', deleted: '1 chiamata eliminata' },
  ...{ none: 'Nessuna chiamata con questi filtri', bars: 'Chiamate On-Demand' },
  ...{ platform: 'Salute delle serving machine', own: /^Le tue chiamate/ },
};

/** A machine that answers with what it was sent, and badly when it is told to. */
const echo: RequestListener = async (request, response) => {
  const body = await text(request);
  response.statusCode = body.includes('"bad"') ? 500 : 200;
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ echo: body }));
};

let machine: Machine;
beforeAll(async () => {
  machine = await startMachine(echo);
});
afterAll(() => machine.close());

let round = 0;
/** A model of its own for each test, so that its calls are only those of the test. */
async function publish(arno: Arno, session: Session): Promise<{ id: string; alias: string }> {
  const alias = `echo-${++round}`;
  const { id } = await publishModel(arno, session, { url: machine.url, alias });
  return { id, alias };
}

const call = (arno: Arno, alias: string, body: object) =>
  post(`${arno.web}/gateway/v1/models/${alias}/calls`, body, bearer(arno));

const rows = (page: Page, { list }: Words): Locator =>
  page.getByRole('table', { name: list, exact: true }).locator('tbody tr');

/** The call whose sheet is open, as its address says it. */
const openCall = (page: Page) => new URL(page.url()).pathname.split('/').at(-1) ?? '';

describe.for([english, italian])('in $locale', (words) => {
  test('calls are seen to arrive, without moving what is read', async ({ arno, open }) => {
    const { id, alias } = await publish(arno, await logIn(arno));
    const page = await open({ locale: words.locale });
    await page.goto(`/calls/ondemand?mapping=${id}`);
    await page.getByText(words.none).waitFor();
    await call(arno, alias, { n: 1 });
    await rows(page, words).getByRole('link', { name: alias }).waitFor();
    await call(arno, alias, { n: 2 });
    await call(arno, alias, { n: 3 });
    const news = page.getByRole('button', { name: words.two });
    await news.waitFor();
    expect(await rows(page, words).count()).toBe(1);
    await news.click();
    await expect.poll(() => rows(page, words).count()).toBe(3);
    await expectAccessible(page);
  });

  test('a queued call is followed to its end', async ({ arno, open }) => {
    const alias = `waiting-${++round}`;
    const default_queue = `${alias} for nobody`;
    await clearml(arno, 'queues.create', { name: default_queue });
    const { id } = await publishTask(arno, await logIn(arno), { alias, default_queue });
    const page = await open({ locale: words.locale });
    await page.goto(`/calls/enqueue?mapping=${id}`);
    const { body } = await post(`${arno.web}/gateway/v1/tasks/${alias}/calls`, {}, bearer(arno));
    await rows(page, words).getByText(words.queued, { exact: true }).waitFor();
    await fetch(`${arno.web}/gateway/v1/calls/${body.call_id}`, { method: 'DELETE', headers: bearer(arno) });
    await rows(page, words).getByText(words.aborted, { exact: true }).waitFor();
  });

  test('they are found by filters that stand in the address', async ({ arno, open }) => {
    const { id, alias } = await publish(arno, await logIn(arno));
    for (const body of [{ n: 1 }, { n: 2 }, { kind: 'bad' }]) await call(arno, alias, body);
    const page = await open({ locale: words.locale });
    await page.goto(`/calls/ondemand?q=${alias}`);
    await page.getByText(words.count).waitFor();
    await page.getByRole('button', { name: words.failed, exact: true }).click();
    await expect.poll(() => rows(page, words).count()).toBe(1);
    expect(new URL(page.url()).searchParams.get('status')).toBe('failed');
    await page.reload();
    await settled(page);
    await expect.poll(() => rows(page, words).count()).toBe(1);
    await page.goto(`/calls/ondemand?mapping=${id}&period=hour&http=200`);
    await settled(page);
    await expect.poll(() => rows(page, words).count()).toBe(2);
    // The filter has the name of what the address knows by its id.
    await expect.poll(() => page.getByRole('main').locator(`input[value="${alias}"]`).count()).toBe(1);
  });

  test('they are exported as the filters show them', async ({ arno, open }) => {
    const session = await logIn(arno);
    const { id, alias } = await publish(arno, session);
    for (const n of [1, 2, 3]) await call(arno, alias, { n });
    const { items } = await session.get(`calls?mapping_id=${id}`);
    const ids = items.map((item: Data) => item.id);
    const page = await open({ locale: words.locale });
    await page.goto(`/calls/ondemand?mapping=${id}`);
    const lines = (await exported(page, words, words.ndjson)).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject(
      ids.map((each: string) => ({ id: each, alias, request: expect.stringContaining('"n"') })),
    );
    const [head = '', ...table] = (await exported(page, words, words.csv)).trim().split('\n');
    expect(head).toContain('id,kind,created_at');
    expect(table.map((line) => line.split(',')[0])).toEqual(ids);
  });

  test('a call is looked at and repeated', async ({ arno, open }) => {
    const session = await logIn(arno);
    const { alias } = await publish(arno, session);
    await call(arno, alias, { n: 41 });
    const page = await open({ locale: words.locale });
    await page.goto(`/calls/ondemand?q=${alias}`);
    await rows(page, words).getByRole('link', { name: alias }).click();
    const sheet = page.getByRole('complementary', { name: alias });
    await sheet.getByRole('button', { name: words.numbers }).click();
    await sheet.getByRole('region', { name: words.phases }).getByRole('row', { name: words.wait }).waitFor();
    await expectAccessible(page);
    const first = openCall(page);
    await sheet.getByRole('button', { name: words.repeat }).click();
    await page.getByRole('dialog').getByRole('button', { name: words.repeat }).click();
    await untilSaid(page, words.repeated);
    await expect.poll(() => openCall(page)).not.toBe(first);
    const { request, answer, status, user_id } = await session.get(`calls/${openCall(page)}`);
    expect([request, JSON.parse(answer), status]).toEqual(['{"n":41}', { echo: '{"n":41}' }, 'completed']);
    expect(user_id).toBe((await session.get('me')).user.id);
  });

  test('a call whose secret the log does not have is tried by hand', async ({ arno, open }) => {
    const { alias } = await publish(arno, await logIn(arno));
    await call(arno, alias, { password: 'secret', n: 5 });
    const page = await open({ locale: words.locale });
    await page.goto(`/calls/ondemand?q=${alias}`);
    await rows(page, words).getByRole('link', { name: alias }).click();
    await page.getByText(words.masked).waitFor();
    expect(await page.getByRole('button', { name: words.repeat }).count()).toBe(0);
    await page.getByRole('link', { name: words.try }).click();
    await page.waitForURL(/\/endpoints-mappings\/.*\/try\?call=/);
    await expect.poll(() => page.getByRole('textbox').first().inputValue()).toContain('"***"');
  });

  test('what the filters show is deleted, and nothing else', async ({ arno, open }) => {
    const session = await logIn(arno);
    const { id, alias } = await publish(arno, session);
    for (const body of [{ n: 1 }, { kind: 'bad' }]) await call(arno, alias, body);
    const page = await open({ locale: words.locale });
    await page.goto(`/calls/ondemand?mapping=${id}&status=failed`);
    await settled(page);
    await page.getByRole('button', { name: words.more, exact: true }).click();
    await page.getByRole('menuitem', { name: words.delete }).click();
    const yes = page.getByRole('dialog').getByRole('button', { name: words.delete });
    await yes.waitFor();
    await page.getByRole('menu').waitFor({ state: 'hidden' });
    await expectAccessible(page);
    await yes.click();
    await untilSaid(page, words.deleted);
    await page.getByText(words.none).waitFor();
    const { items } = await session.get(`calls?mapping_id=${id}`);
    expect(items).toMatchObject([{ status: 'completed' }]);
  });

  test('the dashboard leads to what it counts', async ({ arno, open }) => {
    const { id, alias } = await publish(arno, await logIn(arno));
    for (const body of [{ n: 1 }, { kind: 'bad' }]) await call(arno, alias, body);
    const page = await open({ locale: words.locale });
    await page.goto(`/?period=week&mapping=${id}`);
    const bars = page.getByRole('region', { name: words.bars });
    await bars.getByRole('link', { name: /\b2\b/ }).first().waitFor();
    await expectAccessible(page);
    await bars.getByRole('list').getByRole('link').nth(1).click();
    await page.waitForURL(/\/calls\/ondemand\?.*status=failed/);
    await expect.poll(() => rows(page, words).count()).toBe(1);
    expect(new URL(page.url()).searchParams.get('mapping')).toBe(id);
  });

  test('an end user sees the own calls, and none of the platform', async ({ arno, open }) => {
    const account = await makeAccount(arno, 'user', `caller ${++round}`);
    const { alias } = await publish(arno, await logIn(arno));
    await call(arno, alias, { n: 1 });
    const page = await open({ locale: words.locale, account });
    await page.goto('/');
    await page.getByText(words.own).waitFor();
    await settled(page);
    expect(await page.getByText(words.platform).count()).toBe(0);
    await page.goto('/calls/ondemand');
    await settled(page);
    expect(await page.getByText(alias).count()).toBe(0);
  });
});

/** What the file holds that the export dialog saves. */
async function exported(page: Page, words: Words, format: string): Promise<string> {
  await page.getByRole('button', { name: words.export }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(format).click();
  await dialog.getByRole('checkbox').check();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    dialog.getByRole('button', { name: words.export }).click(),
  ]);
  await untilSaid(page, words.exported);
  return (await readFile(await download.path(), 'utf8')).replace(/^\uFEFF/, '');
}
