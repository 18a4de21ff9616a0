import type { Browser, Locator, Page } from 'playwright-core';
import { until } from '../../lib/wait.ts';
import type { NodeRed } from './node-red.ts';

/** Node-RED's editor as a person uses it. */
export class Editor {
  readonly page: Page;
  /** What went wrong in the page. */
  readonly faults: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.faults.push(`${error}`));
  }

  static async open(browser: Browser, { url }: NodeRed, locale = 'en-GB'): Promise<Editor> {
    const page = await browser.newPage({ locale, viewport: { width: 1440, height: 900 } });
    // Only ends a test that hangs: nothing here measures speed.
    page.setDefaultTimeout(120_000);
    const editor = new Editor(page);
    await page.goto(url);
    await page.locator('#red-ui-palette-base-category-S4CClearml').waitFor();
    await page.locator('.red-ui-loading, #red-ui-loading-progress').first().waitFor({ state: 'hidden' });
    return editor;
  }

  /** Drags a node from the palette; answers its id. */
  async drag(type: string, x: number, y: number): Promise<string> {
    const before = new Set(await this.ids());
    const { page } = this;
    const source = page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
    const canvas = await boxOf(page.locator('#red-ui-workspace-chart'));
    // Waits until the palette stands still.
    await source.hover();
    await page.mouse.down();
    // The palette takes a node up when the mouse has moved a little.
    await page.mouse.move(canvas.x + x - 40, canvas.y + y, { steps: 12 });
    await page.locator('.ui-draggable-dragging').waitFor();
    await page.mouse.move(canvas.x + x, canvas.y + y, { steps: 4 });
    await page.mouse.up();
    return until(`${type} lies on the canvas`, async () =>
      (await this.ids()).find((each) => !before.has(each)),
    );
  }

  /** Draws a wire from an output of a node to the input of another. */
  async wire(from: string, to: string, output = 0): Promise<void> {
    const { page } = this;
    const start = await boxOf(page.locator(`${css(from)} .red-ui-flow-port-output`).nth(output));
    const end = await boxOf(page.locator(`${css(to)} .red-ui-flow-port-input`));
    const wires = page.locator('.red-ui-flow-link-line');
    const before = await wires.count();
    await page.mouse.move(...middle(start));
    await page.mouse.down();
    await page.mouse.move(...middle(end), { steps: 12 });
    await page.mouse.up();
    await until('the wire is drawn', async () => (await wires.count()) > before);
  }

  async showTab(label: string): Promise<void> {
    await this.page.locator('.red-ui-tab-label', { hasText: label }).click();
  }

  /** Id of the node with this label. */
  async nodeWith(label: string): Promise<string> {
    const node = this.page.locator('.red-ui-flow-node-group', { hasText: label }).first();
    return (await node.getAttribute('id')) ?? '';
  }

  /** Opens the dialog of a node. */
  async edit(id: string): Promise<Locator> {
    // Two presses are a double one only within 650 ms.
    await this.page.locator(css(id)).click({ position: { x: 60, y: 15 } });
    await this.page.keyboard.press('Enter');
    const tray = this.page.locator('.red-ui-tray').last();
    await tray.waitFor();
    return tray;
  }

  /** The text field of a typed input, whose own element is hidden. */
  typed(id: string): Locator {
    return this.page.locator(`${css(id)} + .red-ui-typedInput-container input.red-ui-typedInput-input`);
  }

  /** Presses Done, Add or Update of the dialog on top. */
  async close(button: 'node-dialog-ok' | 'node-dialog-cancel' | 'node-config-dialog-ok'): Promise<void> {
    await this.page.locator(`#${button}`).click();
    await this.page.locator(`#${button}`).waitFor({ state: 'detached' });
  }

  async deploy(): Promise<void> {
    const answered = this.page.waitForResponse(
      (response) => response.url().endsWith('/flows') && response.request().method() === 'POST',
    );
    await this.page.locator('#red-ui-header-button-deploy').click();
    const response = await answered;
    if (!response.ok()) throw new Error(`deploy: ${response.status()} ${await response.text()}`);
  }

  /** Pastes whole flows, with their tabs, into the import dialog. */
  async import(flow: string): Promise<void> {
    const { page } = this;
    await page.locator('#red-ui-workspace-chart').click({ position: { x: 700, y: 500 } });
    await page.keyboard.press('Control+i');
    await page.locator('#red-ui-clipboard-dialog-import-text').fill(flow);
    // The dialog looks at the text when a key goes up.
    await page.locator('#red-ui-clipboard-dialog-import-text').press('End');
    await page.locator('#red-ui-clipboard-dialog-ok').click();
    await page.locator('#red-ui-clipboard-dialog').waitFor({ state: 'hidden' });
  }

  /** Presses the button of an inject node. */
  async inject(id: string): Promise<void> {
    await this.page.locator(`${css(id)} .red-ui-flow-node-button-button`).click();
  }

  /** Opens the debug sidebar, whose messages are then to be seen. */
  async openDebug(): Promise<Locator> {
    await this.page.keyboard.press('Control+g');
    await this.page.keyboard.press('d');
    const messages = this.page.locator('.red-ui-debug-content-list');
    await messages.waitFor();
    return messages;
  }

  /** Text below a node. */
  status(id: string): Locator {
    return this.page.locator(`${css(id)} .red-ui-flow-node-status-label`);
  }

  private ids(): Promise<string[]> {
    return this.page.locator('.red-ui-flow-node-group').evaluateAll((nodes) => nodes.map(({ id }) => id));
  }
}

/** Ids may begin with a digit and have dots, which `#id` does not take. */
const css = (id: string) => `[id="${id}"]`;

async function boxOf(locator: Locator) {
  const box = await locator.boundingBox();
  if (!box) throw new Error(`${locator} is not to be seen`);
  return box;
}

const middle = ({ x, y, width, height }: { x: number; y: number; width: number; height: number }) =>
  [x + width / 2, y + height / 2] as const;
