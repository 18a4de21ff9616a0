import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import type { Arno } from '../lib/arno.ts';
import { clearml, type Data } from '../lib/clearml.ts';
import { logIn } from '../lib/console.ts';
import { runProgram } from '../lib/process.ts';
import { answering, type Machine, publishModel, publishTask, startMachine } from '../lib/publish.ts';
import { until } from '../lib/wait.ts';
import { expectAccessible } from './lib/accessible.ts';
import { english, italian, type Words } from './lib/mapping-words.ts';
import { expect, makeAccount, settled, test, untilSaid } from './lib/test.ts';

let machine: Machine;

beforeAll(async () => {
  machine = await startMachine(answering({ digit: 7 }));
});

afterAll(() => machine.close());

describe.for([english, italian])('in $locale', (words) => {
  test('a machine, its endpoint and a task are registered and called by their snippets', async ({
    arno,
    open,
  }) => {
    const name = `runtime ${words.locale.toLowerCase()}`;
    const { id } = await clearml(arno, 'tasks.create', { name, type: 'service' });
    const page = await open({ locale: words.locale });

    await page.goto('/machines-mappings');
    await main(page).getByRole('link', { name: words.new, exact: true }).first().click();
    await choose(page, words.servingTask, name);
    await page.getByRole('combobox', { name: words.baseUrl }).fill('http://127.0.0.1:1/serve');
    await page.getByText(words.noAnswer).waitFor();
    await page.getByRole('combobox', { name: words.baseUrl }).fill(`${machine.url}/${words.locale}`);
    await page.getByLabel(words.health).fill('/health');
    await page.getByText(words.answers).waitFor();
    await expectAccessible(page);
    await save(page, words);
    await sheet(page).getByText(`${machine.url}/${words.locale}`).first().waitFor();

    await page.goto('/endpoints-mappings/new');
    // The id of a task can be pasted too.
    await choose(page, words.servingTask, id, name);
    await page.getByRole('combobox', { name: words.endpoint }).fill('predict');
    const alias = `digits-${words.locale.toLowerCase()}`;
    await page.getByLabel(words.alias).fill(alias);
    await expectAccessible(page);
    await save(page, words);
    const model = (await (await logIn(arno)).get(`endpoint-mappings?q=${alias}`)).items[0];
    await sheet(page).getByText(model.public_id).waitFor();
    expect(await runSnippet(arno, await snippet(sheet(page)))).toEqual({ digit: 7 });

    const template = `template ${words.locale.toLowerCase()}`;
    await clearml(arno, 'tasks.create', { name: template, type: 'inference' });
    await page.goto('/tasks-mappings/new');
    await choose(page, words.task, template);
    await page.getByRole('combobox', { name: words.queue }).fill('default');
    await save(page, words);
    await sheet(page).getByText(template.replace(' ', '-')).first().waitFor();
    expect(await runSnippet(arno, await snippet(sheet(page)))).toMatchObject({ status: 'queued' });
    await page.reload();
    await settled(page);
    await expectAccessible(page);
  });

  test('a key is shown once, filled into a call that works', async ({ arno, open }) => {
    const session = await logIn(arno);
    const mapping = await publishModel(arno, session, {
      url: machine.url,
      alias: `keyed-${words.locale.toLowerCase()}`,
    });
    const page = await open({ locale: words.locale });
    await page.goto(`/endpoints-mappings/${mapping.id}`);
    const keys = page.getByRole('region', { name: words.keys, exact: true });
    await keys.getByRole('button', { name: words.new, exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(words.name).fill('Node-RED');
    await dialog.getByRole('button', { name: words.create, exact: true }).click();
    await dialog.getByText(words.oneKey).waitFor();
    const command = await snippet(dialog);
    expect(command).toContain('arnokey_');
    expect(await runSnippet(arno, command, 'no token')).toEqual({ digit: 7 });
    await dialog.getByRole('button', { name: words.done, exact: true }).click();
    await keys.getByText('Node-RED').waitFor();
    await page.getByRole('region', { name: words.history }).getByText('Node-RED').waitFor();
    expect(await page.content()).not.toContain('arnokey_');
  });

  test('a call is tried by a form made from the schema', async ({ arno, open }) => {
    const input_schema = {
      type: 'object',
      properties: {
        hours: { type: 'integer', minimum: 1 },
        mode: { enum: ['fast', 'exact'] },
        tags: { type: 'array', items: { type: 'string' } },
      },
      required: ['hours'],
    };
    const session = await logIn(arno);
    const alias = `tried-${words.locale.toLowerCase()}`;
    const example = { hours: 3, mode: 'exact', tags: ['a'] };
    const mapping = await publishModel(arno, session, { url: machine.url, alias, input_schema, example });
    const page = await open({ locale: words.locale });
    await page.goto(`/endpoints-mappings/${mapping.id}`);
    await page.getByRole('link', { name: words.try, exact: true }).click();
    // Key by key: what stands there on the way to a number must not be lost.
    await page.getByLabel('hours').clear();
    await page.getByLabel('hours').pressSequentially('1.5');
    await page.getByText(words.whole).waitFor();
    await expectAccessible(page);
    await page.getByLabel('hours').fill('0');
    await main(page).getByRole('button', { name: words.call, exact: true }).click();
    await page.getByText('must be >= 1').first().waitFor();
    await page.getByLabel('hours').fill('24');
    await main(page).getByRole('button', { name: words.call, exact: true }).click();
    await page.getByText('"digit": 7').waitFor();
    await page.getByText(words.wait).first().waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: words.logged }).click();
    await page.waitForURL(/\/calls\/ondemand\/[0-9a-f]{32}/);
    const { items } = await session.get(`calls?mapping_id=${mapping.id}&outcome=ok`);
    expect(JSON.parse((await session.get(`calls/${items[0].id}`)).request)).toEqual({
      ...example,
      hours: 24,
    });
  });

  test('what is in use says what would break, and comes back with its keys', async ({ arno, open }) => {
    const session = await logIn(arno);
    const alias = `used-${words.locale.toLowerCase()}`;
    const mapping = await publishModel(arno, session, { url: machine.url, alias });
    const { key } = await session.send('POST', `endpoint-mappings/${mapping.id}/keys`, { name: 'Dashboard' });
    expect((await callWith(arno, alias, key)).status).toBe(200);
    // Its row is written a moment after its answer.
    const calls = async () => (await session.get(`calls?mapping_id=${mapping.id}`)).items.length;
    await until('the call in the log', async () => (await calls()) === 1);

    const page = await open({ locale: words.locale });
    await page.goto(`/endpoints-mappings/${mapping.id}/edit`);
    await page.getByLabel(words.about).fill('What it does');
    await save(page, words, words.saved);
    await sheet(page).getByText('What it does').waitFor();
    const history = page.getByRole('region', { name: words.history });
    await history.getByText(words.changed).waitFor();

    await page.reload();
    await settled(page);
    await sheet(page).getByRole('button', { name: words.delete, exact: true }).click();
    const dialog = page.getByRole('dialog');
    for (const line of [words.inUse, words.calls, words.key]) await dialog.getByText(line).waitFor();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: words.delete, exact: true }).click();
    await holdUndo(page, words);
    await page.waitForURL(/\/endpoints-mappings$/);
    const answers = (status: number) => async () => (await callWith(arno, alias, key)).status === status;
    await until('the key to be refused', answers(401));
    await undo(page, words, words.back);
    await until('the key to be good again', answers(200));
    expect(await session.get(`endpoint-mappings/${mapping.id}`)).toMatchObject({
      alias,
      description: 'What it does',
    });

    const { serving_task_id } = mapping;
    const [registered] = (await session.get(`machine-mappings?serving_task_id=${serving_task_id}`)).items;
    await page.goto(`/machines-mappings/${registered.id}`);
    await sheet(page).getByRole('button', { name: words.delete, exact: true }).click();
    await page.getByRole('dialog').getByText(words.lastMachine).waitFor();
  });

  test('several that nothing hangs on are deleted together and come back together', async ({
    arno,
    open,
  }) => {
    const session = await logIn(arno);
    const prefix = `unused-${words.locale.toLowerCase()}`;
    for (const n of [1, 2]) await publishTask(arno, session, { alias: `${prefix}-${n}` });
    const listed = async () => (await session.get(`task-mappings?q=${prefix}`)).total;
    const page = await open({ locale: words.locale });
    await page.goto(`/tasks-mappings?q=${prefix}&order=alias`);
    await settled(page);
    expect(await main(page).getByRole('row').nth(1).textContent()).toContain(`${prefix}-1`);
    for (const box of await page.getByLabel(words.select).all()) await box.click();
    await page.getByRole('toolbar').getByRole('button', { name: words.delete, exact: true }).click();
    await holdUndo(page, words);
    await page.getByText(words.two).waitFor();
    expect(await listed()).toBe(0);
    await undo(page, words, words.twoBack);
    expect(await listed()).toBe(2);
  });

  test('a developer reads and changes nothing', async ({ arno, open }) => {
    const session = await logIn(arno);
    const alias = `read-${words.locale.toLowerCase()}`;
    const { id } = await publishTask(arno, session, { alias });
    const account = await makeAccount(arno, 'developer', `Dev ${words.locale}`);
    const page = await open({ account, locale: words.locale });
    await page.goto(`/tasks-mappings/${id}`);
    await sheet(page).getByText(alias).first().waitFor();
    await settled(page);
    for (const name of [words.new, words.edit]) {
      expect(await main(page).getByRole('link', { name, exact: true }).count()).toBe(0);
    }
    for (const name of [words.delete, words.new]) {
      expect(await main(page).getByRole('button', { name, exact: true }).count()).toBe(0);
    }
    await page.goto(`/tasks-mappings/${id}/edit`);
    await main(page).getByRole('heading').first().waitFor();
    expect(await page.getByRole('button', { name: words.save, exact: true }).count()).toBe(0);
  });
});

const main = (page: Page) => page.getByRole('main');
const sheet = (page: Page) => page.getByRole('complementary').last();

/**
 * Types a name or an id into a field of a form that offers tasks, and takes the first one of that name. The list that a page comes from
 * may have a filter of the same name.
 */
async function choose(page: Page, field: string, text: string, name = text): Promise<void> {
  await page.getByRole('form').getByRole('combobox', { name: field, exact: true }).fill(text);
  await page.getByRole('option').filter({ hasText: name }).first().click();
}

async function save(page: Page, words: Words, said = words.published): Promise<void> {
  await page.getByRole('button', { name: words.save, exact: true }).click();
  await untilSaid(page, said);
}

/** The button that takes a deletion back. In a dialog that still fades away the same word may mean something else. */
function undoButton(page: Page, words: Words): Locator {
  return page.getByRole('alert').getByRole('button', { name: words.undo, exact: true });
}

/** Keeps the button from going away while the test is at something else. */
async function holdUndo(page: Page, words: Words): Promise<void> {
  await undoButton(page, words).hover();
}

async function undo(page: Page, words: Words, said: string): Promise<void> {
  const isSaid = page.getByText(said).waitFor();
  await Promise.all([isSaid, undoButton(page, words).click()]);
}

/** The command that a page offers to copy. */
async function snippet(within: Locator): Promise<string> {
  return (await within.locator('pre', { hasText: 'curl -X POST' }).textContent()) ?? '';
}

/** Pastes a command into a shell; what it prints is JSON. */
async function runSnippet(arno: Arno, command: string, token = arno.token): Promise<Data> {
  const env = { ...process.env, ARNO_TOKEN: token };
  const { code, output } = await runProgram('snippet', 'sh', ['-c', command.replace('curl ', 'curl -sS ')], {
    env,
  });
  expect([code, output]).toEqual([0, expect.stringMatching(/^\{/)]);
  return JSON.parse(output);
}

function callWith(arno: Arno, alias: string, token: string): Promise<Response> {
  return fetch(`${arno.web}/gateway/v1/models/${alias}/calls`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{}',
  });
}
