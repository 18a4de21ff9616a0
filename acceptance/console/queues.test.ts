import type { Page } from 'playwright-core';
import { describe } from 'vitest';
import type { Arno } from '../lib/arno.ts';
import { clearml, type Data, getTask } from '../lib/clearml.ts';
import { bash, finishedTask, queueTask } from '../lib/tasks.ts';
import { until } from '../lib/wait.ts';
import { expectAccessible } from './lib/accessible.ts';
import { expect, makeAccount, settled, test } from './lib/test.ts';

/** What a person reads on the pages, by language. */
const english = {
  locale: 'en-GB',
  ...{ new: 'New', name: 'Name', create: 'Create', pause: 'Pause', resume: 'Resume', paused: 'Paused' },
  ...{
    move: 'Move',
    actions: 'Actions for',
    remove: 'Remove from queue',
    undo: 'Undo',
    again: '1 task waits again',
  },
  ...{
    drain: 'Drain',
    undrain: 'Give it tasks again',
    draining: 'Draining',
    drained: 'Drained',
    hidden: 'A task of somebody else',
  },
  ...{
    delete: 'Delete queue',
    back: '1 task waits',
    other: 'To another queue',
    target: 'To the queue',
    transfer: 'Move',
  },
};
type Words = typeof english;
const italian: Words = {
  locale: 'it-IT',
  ...{
    new: 'Nuovo',
    name: 'Nome',
    create: 'Crea',
    pause: 'Metti in pausa',
    resume: 'Riprendi',
    paused: 'In pausa',
  },
  ...{
    move: 'Sposta',
    actions: 'Azioni per',
    remove: 'Togli dalla coda',
    undo: 'Annulla',
    again: '1 task è di nuovo in attesa',
  },
  ...{
    drain: 'Svuota',
    undrain: 'Dagli di nuovo task',
    draining: 'In svuotamento',
    drained: 'Svuotato',
    hidden: 'Un task di qualcun altro',
  },
  ...{
    delete: 'Elimina coda',
    back: '1 task è in attesa',
    other: "In un'altra coda",
    target: 'Nella coda',
    transfer: 'Sposta',
  },
};

const worker = 'arno:embedded';
const idOf = async (arno: Arno, name: string): Promise<string> =>
  (await clearml(arno, 'queues.get_all', { name: `^${name}$` })).queues[0].id;
const entriesOf = async (arno: Arno, queue: string): Promise<string[]> =>
  (await clearml(arno, 'queues.get_by_id', { queue })).queue.entries.map(({ task }: Data) => task);
const quick = (arno: Arno, name: string, queue = 'default') =>
  queueTask(arno, { name, queue, script: bash('echo done') });

/** Waits until the queue has these tasks in this order. */
const untilLine = (arno: Arno, queue: string, tasks: string[]) =>
  until(`the queue is ${tasks}`, async () => String(await entriesOf(arno, queue)) === String(tasks));

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

describe.for([english, italian])('in $locale', (words) => {
  test('a paused queue hands out nothing, is put in order by keyboard and pointer, and goes on in that order', async ({
    arno,
    open,
  }) => {
    const page = await open({ locale: words.locale });
    const queue = await idOf(arno, 'default');
    await page.goto(`/queues/${queue}`);
    await button(page, words.pause).click();
    await page.getByText(words.paused, { exact: true }).first().waitFor();
    const [one, two, three] = [
      await quick(arno, 'one'),
      await quick(arno, 'two'),
      await quick(arno, 'three'),
    ];
    // As any agent would ask.
    expect(await clearml(arno, 'queues.get_next_task', { queue })).toEqual({});

    await button(page, `${words.move} one`).waitFor();
    await page.getByText('three', { exact: true }).waitFor();
    await expectAccessible(page);
    await moveByKeys(page, `${words.move} one`, 'ArrowDown');
    await untilLine(arno, queue, [two, one, three]);
    await moveByPointer(page, `${words.move} three`, `${words.move} two`);
    await untilLine(arno, queue, [three, two, one]);

    await button(page, `${words.actions} two`).click();
    await page.getByRole('menuitem', { name: words.remove }).click();
    // It stays as long as the pointer is on it.
    await button(page, words.undo).hover();
    await untilLine(arno, queue, [three, one]);
    expect((await getTask(arno, two)).status).toBe('created');
    await button(page, words.undo).click();
    await page.getByText(words.again).waitFor();
    await untilLine(arno, queue, [three, two, one]);

    const resumed = new Date();
    await button(page, words.resume).click();
    const started = [];
    for (const id of [three, two, one])
      started.push(new Date((await finishedTask(arno, id)).started).getTime());
    expect(started).toEqual([...started].sort((a, b) => a - b));
    expect(started[0]).toBeGreaterThanOrEqual(resumed.getTime());
  });

  test('a drained worker ends its task and gets no other until that is undone', async ({ arno, open }) => {
    const page = await open({ locale: words.locale });
    const long = await queueTask(arno, { name: 'long', script: bash('while sleep 0.2; do :; done') });
    await until('the long task runs', async () => (await getTask(arno, long)).status === 'in_progress');
    await page.goto(`/workers/${worker}`);
    await page.getByRole('main').getByRole('link', { name: 'long' }).first().waitFor();
    await button(page, words.drain).click();
    await page.getByText(words.draining, { exact: true }).first().waitFor();
    const next = await quick(arno, 'next');
    await clearml(arno, 'tasks.stop', { task: long });
    await finishedTask(arno, long);
    await page.getByText(words.drained, { exact: true }).first().waitFor();
    await expectAccessible(page);
    expect((await getTask(arno, next)).status).toBe('queued');

    const undone = new Date();
    await button(page, words.undrain).click();
    const { status, started } = await finishedTask(arno, next);
    expect(status).toBe('completed');
    expect(new Date(started).getTime()).toBeGreaterThanOrEqual(undone.getTime());
  });

  test('a queue is made, its task moved there, and deleting it says what would break', async ({
    arno,
    open,
  }) => {
    const page = await open({ locale: words.locale });
    const name = `made-${words.locale}`;
    await page.goto('/queues');
    await button(page, words.new).click();
    await page.getByRole('textbox', { name: words.name }).fill(name);
    await button(page, words.create).click();
    await page.waitForURL(/\/queues\/[0-9a-f]{32}$/);
    await page.getByRole('heading', { level: 1, name }).waitFor();
    const id = await idOf(arno, name);

    const other = await queueTask(arno, { name: 'on its way', queue: 'unserved', script: bash('true') });
    await page.goto(`/queues/${await idOf(arno, 'unserved')}`);
    await button(page, `${words.actions} on its way`).click();
    await page.getByRole('menuitem', { name: words.other }).click();
    await page.getByRole('combobox', { name: words.target }).click();
    await page.getByRole('option', { name }).click();
    await page.getByRole('dialog').getByRole('button', { name: words.transfer, exact: true }).click();
    await untilLine(arno, id, [other]);

    await page.goto(`/queues/${id}`);
    await button(page, `${words.actions} ${name}`).click();
    await page.getByRole('menuitem', { name: words.delete }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(words.back).waitFor();
    await dialog.getByRole('textbox').fill(name);
    await dialog.getByRole('button', { name: words.delete }).click();
    await page.waitForURL(/\/queues$/);
    expect((await getTask(arno, other)).status).toBe('created');
  });

  test('a developer sees the order and changes nothing', async ({ arno, open }) => {
    await quick(arno, 'of the admin', 'unserved');
    const account = await makeAccount(arno, 'developer', `developer ${words.locale}`);
    const page = await open({ locale: words.locale, account });
    await page.goto(`/queues/${await idOf(arno, 'unserved')}`);
    await settled(page);
    await page.getByText(words.hidden).first().waitFor();
    expect(await page.getByText('of the admin').count()).toBe(0);
    for (const name of [words.pause, `${words.actions} unserved`])
      expect(await button(page, name).count()).toBe(0);
    await page.goto('/workers');
    await settled(page);
    await page.getByRole('link', { name: worker }).waitFor();
    expect(await button(page, `${words.actions} ${worker}`).count()).toBe(0);
  });
});

/** Picks an entry up, moves it with a key and puts it down. */
async function moveByKeys(page: Page, handle: string, key: string): Promise<void> {
  await button(page, handle).focus();
  await page.keyboard.press('Space');
  await page.locator('[data-dragging]').waitFor();
  // The keys are listened to in a task of their own.
  await page.evaluate(() => new Promise((done) => setTimeout(done)));
  await page.keyboard.press(key);
  await page.waitForFunction(() => {
    const moved = document.querySelector<HTMLElement>('[data-dragging]')?.style.transform ?? '';
    return /[1-9]/.test(moved.replace('translate3d', ''));
  });
  await page.keyboard.press('Space');
}

/** Drags an entry onto the place of another one. */
async function moveByPointer(page: Page, handle: string, onto: string): Promise<void> {
  const [from, to] = [await button(page, handle).boundingBox(), await button(page, onto).boundingBox()];
  if (!from || !to) throw new Error('nothing to drag');
  await page.mouse.move(from.x + 8, from.y + 8);
  await page.mouse.down();
  await page.mouse.move(from.x + 8, (from.y + to.y) / 2, { steps: 5 });
  await page.mouse.move(to.x + 8, to.y + 2, { steps: 5 });
  await page.mouse.up();
}
