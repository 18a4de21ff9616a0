import { onTestFinished } from 'vitest';
import { startArno } from '../lib/arno.ts';
import { launchBrowser, newContext } from '../lib/browser.ts';
import { bearer, five, post } from '../lib/gateway.ts';
import { startMachine } from '../lib/publish.ts';
import { expect, test } from '../lib/test.ts';
import { until } from '../lib/wait.ts';

/** A web server with an empty page, and so an origin. */
const startDashboard = () =>
  startMachine((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Dashboard</title>');
  });

interface Order {
  url: string;
  headers: Record<string, string>;
  body: unknown;
}

/** Runs in the page: what a script there gets to know. */
async function callFromPage({ url, headers, body }: Order) {
  try {
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    return [answer.status, answer.headers.get('arno-call-id') !== null, await answer.json()];
  } catch (error) {
    return (error as Error).name;
  }
}

test('pages of allowed origins call models and tasks from a browser, others do not', async () => {
  const [allowed, foreign] = await Promise.all([startDashboard(), startDashboard()]);
  const arno = await startArno({ label: 'origins', env: { ARNO_ALLOWED_ORIGINS: allowed.url } });
  const browser = await launchBrowser();
  onTestFinished(async () => {
    await browser.close();
    await arno.stop();
    await Promise.all([allowed.close(), foreign.close()]);
  });
  const headers = { ...bearer(arno), 'content-type': 'application/json' };
  const model = { url: `${arno.web}/gateway/v1/models/digits/calls`, headers, body: await five() };
  await until('the model is loaded', async () => (await post(model.url, model.body, headers)).status === 200);
  const task = {
    url: `${arno.web}/gateway/v1/tasks/parking-forecast/calls`,
    headers: { ...headers, 'idempotency-key': 'from-a-page' },
    body: {},
  };

  const page = await (await newContext(browser, {})).newPage();
  await page.goto(allowed.url);
  expect(await page.evaluate(callFromPage, model)).toEqual([200, true, { digit: 5 }]);
  expect(await page.evaluate(callFromPage, task)).toMatchObject([202, true, { status: 'queued' }]);
  const wrong = { ...model, headers: { ...headers, authorization: 'Bearer wrong' } };
  expect(await page.evaluate(callFromPage, wrong)).toMatchObject([401, true, { error: {} }]);

  await page.goto(foreign.url);
  expect(await page.evaluate(callFromPage, model)).toBe('TypeError');
});
