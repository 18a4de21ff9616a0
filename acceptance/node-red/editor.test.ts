import type { Browser, Page } from 'playwright-core';
import { afterAll, describe } from 'vitest';
import { type Arno, createHome, removeHome, startArno } from '../lib/arno.ts';
import { launchBrowser } from '../lib/browser.ts';
import { test as base, currentFile, expect } from '../lib/test.ts';
import { until } from '../lib/wait.ts';
import { Editor } from './lib/editor.ts';
import { type NodeRed, startNodeRed } from './lib/node-red.ts';

// A real Node-RED with the packed package, its editor in a real browser, and a real Arno.

const test = base.extend<{ browser: Browser; nodeRed: NodeRed }>({
  browser: [
    // biome-ignore lint/correctness/noEmptyPattern: Vitest reads the fixtures a fixture needs from this pattern
    async ({}, use) => {
      const browser = await launchBrowser();
      await use(browser);
      await browser.close();
    },
    { scope: 'file' },
  ],
  nodeRed: [
    // biome-ignore lint/correctness/noEmptyPattern: see above
    async ({}, use) => {
      const nodeRed = await startNodeRed({ label: `${currentFile()}-node-red` });
      await use(nodeRed);
      await nodeRed.stop();
    },
    { scope: 'file' },
  ],
});

describe('a flow that is drawn in the editor', () => {
  test('calls a task and a model that were chosen from the lists', async ({ arno, browser, nodeRed }) => {
    const editor = await Editor.open(browser, nodeRed);
    const { page } = editor;
    const start = await editor.drag('inject', 200, 120);
    const enqueue = await editor.drag('clearml-serving-enqueue', 400, 120);
    const onDemand = await editor.drag('clearml-serving-ondemand', 400, 240);
    const debug = await editor.drag('debug', 640, 120);
    for (const node of [enqueue, onDemand]) {
      await editor.wire(start, node);
      await editor.wire(node, debug);
    }

    await editor.edit(enqueue);
    await page.locator('#node-input-btn-server-add').click();
    await addServer(page, arno);
    await editor.close('node-config-dialog-ok');
    await page.locator('#arno-task').selectOption('parking-forecast');
    await page.getByText('Forecasts how full a car park will be').waitFor();
    // The form was made and filled from what the server says.
    await until('the form has the example', async () => {
      return (await page.locator('#arno-field-occupied').inputValue()) === '[112,131,148,171,190]';
    });
    await editor.typed('arno-field-hours').fill('2');
    await editor.close('node-dialog-ok');

    await editor.edit(onDemand);
    await page.locator('#node-input-server').selectOption({ label: arno.web });
    await page.locator('#arno-model').selectOption('digits');
    await page.getByText('Reads a handwritten digit').waitFor();
    await editor.close('node-dialog-ok');
    await editor.edit(debug);
    await editor.typed('node-input-typed-complete').fill('payload.response');
    await editor.close('node-dialog-ok');
    await editor.deploy();

    const messages = await editor.openDebug();
    await editor.inject(start);
    await messages.getByText('digit: 5').waitFor();
    const result = messages.locator('.red-ui-debug-msg', { hasText: 'kind: ' });
    await result.locator('.red-ui-debug-msg-object-header').first().click();
    await result.getByText('"completed"').first().waitFor();
    await editor
      .status(enqueue)
      .getByText(/done in/)
      .waitFor();
    expect(editor.faults).toEqual([]);

    const flows = await nodeRed.flows();
    expect(flows.find(({ id }) => id === enqueue)).toMatchObject({
      task_id: 'parking-forecast',
      inputType: 'form',
      fields: { hours: { type: 'num', value: '2' } },
      wait: true,
    });
    const kept = [await nodeRed.file('flows.json'), await nodeRed.file('flows_cred.json'), nodeRed.output()];
    for (const text of kept) expect(text).not.toContain(arno.token);
  });

  test('may begin with an example of the package', async ({ browser, nodeRed }) => {
    const examples = `${nodeRed.url}/library/examples/flows/node-red-contrib-arno`;
    const names: { fn: string }[] = await (await fetch(examples)).json();
    expect(names.map(({ fn }) => fn)).toContain('Enqueue a task and wait');
    for (const { fn } of names) {
      const flow = await (await fetch(`${examples}/${encodeURIComponent(fn)}`)).text();
      // Each in an editor of its own: they share their server, of which a second copy would be asked about.
      const editor = await Editor.open(browser, nodeRed);
      await editor.import(flow);
      const [tab] = JSON.parse(flow);
      await editor.showTab(tab.label);
      expect(await editor.page.locator('.red-ui-flow-node-label', { hasText: 'unknown' }).count()).toBe(0);
      expect(editor.faults).toEqual([]);
      await editor.page.close();
    }
  });

  test('shows an error of the server in the dialog, and speaks Italian', async ({
    browser,
    nodeRed,
    arno,
  }) => {
    const editor = await Editor.open(browser, nodeRed, 'it-IT');
    const { page } = editor;
    const node = await editor.drag('clearml-serving-ondemand', 400, 400);
    await editor.edit(node);
    await page.locator('#node-input-btn-server-add').click();
    await page.locator('#node-config-input-url').fill(arno.web);
    await page.locator('#node-config-input-token').fill('wrong');
    await page.locator('#arno-test').click();
    await page.getByText(/Elenchi non disponibili: 401/).waitFor();
    await page.locator('#node-config-dialog-cancel').click();
    await page.getByText('dal messaggio').waitFor({ state: 'attached' });
    expect(editor.faults).toEqual([]);
  });
});

/** Fills in a configuration node and tries it. */
async function addServer(page: Page, { web, token }: Arno): Promise<void> {
  await page.locator('#node-config-input-url').fill(web);
  await page.locator('#node-config-input-token').fill(token);
  await page.locator('#arno-test').click();
  await page.getByText('Tasks: 1, models: 1').waitFor();
}

describe('when Arno stops and starts in the middle', () => {
  const left: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const end of left.reverse()) await end();
  });

  test('a waiting node gets its result, and a call that comes meanwhile too', async ({
    browser,
    nodeRed,
  }) => {
    const home = await createHome();
    left.push(() => removeHome(home));
    // Nobody takes the task before the stop.
    const before = await startArno({ label: 'editor-arno-before', home, args: ['--no-agent'] });
    await nodeRed.deploy(waitingFlow(before));
    const editor = await Editor.open(browser, nodeRed);
    const messages = await editor.openDebug();
    await editor.inject('start');
    await editor
      .status('call')
      .getByText(/queued/)
      .waitFor();
    await before.stop();
    await editor.status('call').getByText('reconnecting').waitFor();
    await editor.inject('start');
    await editor.status('call').getByText('2 calls').waitFor();
    const after = await startArno({ label: 'editor-arno-after', home });
    left.push(() => after.stop());
    await until('both results are there', async () => (await messages.getByText('completed').count()) === 2);
    await editor
      .status('call')
      .getByText(/done in/)
      .waitFor();
    expect(editor.faults).toEqual([]);
  });
});

function waitingFlow({ web, token }: Arno): object[] {
  return [
    { id: 'flow', type: 'tab', label: 'Waiting' },
    { id: 'arno', type: 'arno-server', url: web, auth: 'token', retries: '20', credentials: { token } },
    {
      id: 'start',
      type: 'inject',
      z: 'flow',
      props: [{ p: 'payload' }],
      payloadType: 'date',
      x: 150,
      y: 100,
      wires: [['call']],
    },
    {
      id: 'call',
      type: 'clearml-serving-enqueue',
      z: 'flow',
      server: 'arno',
      task_id: 'parking-forecast',
      wait: true,
      x: 350,
      y: 100,
      wires: [['debug']],
    },
    {
      id: 'debug',
      type: 'debug',
      z: 'flow',
      active: true,
      tosidebar: true,
      complete: 'payload.response.status',
      targetType: 'msg',
      x: 600,
      y: 100,
      wires: [],
    },
  ];
}
