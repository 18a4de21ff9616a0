import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Runtime, startRuntime } from './app.ts';

const digits = resolve(import.meta.dirname, '../models/digits');
const examples = join(digits, 'examples');
const readExample = async (name: string) => JSON.parse(await readFile(join(examples, name), 'utf8'));
const readBase64 = (name: string) => readFile(join(examples, name), 'base64');

let folder: string;
let files: Server;
let runtime: Runtime;

async function call(
  body: unknown,
  path = '/serve/digits',
  base = runtime.url,
): Promise<{ status: number; answer: unknown }> {
  const response = await fetch(base + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, answer: await response.json() };
}

const filesUrl = () => `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
const want = (endpoints: unknown[]) =>
  writeFile(join(folder, 'endpoints.json'), JSON.stringify({ endpoints }));
const get = async (path: string) => (await fetch(runtime.url + path)).json();

const start = () =>
  startRuntime(
    {
      configFile: join(folder, 'endpoints.json'),
      bind: '127.0.0.1',
      port: 0,
      fetchNetworks: ['127.0.0.1/32'],
      exitWithParent: false,
    },
    pino({ level: 'silent' }),
  );

/** Sends the examples; what lies under `/slow/` only when `release` is called. */
let release: () => void;
const released = new Promise<void>((done) => {
  release = done;
});
const sendFile: RequestListener = async (request, response) => {
  const path = request.url ?? '';
  if (path.startsWith('/slow/')) await released;
  createReadStream(join(examples, path.replace('/slow/', ''))).pipe(response);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arno-serving-'));
  const endpoints = [
    { name: 'digits', model: digits },
    { name: 'vision/digits.v2', model: digits },
    { name: 'broken', model: 'nowhere' },
  ];
  await want(endpoints);
  files = createServer(sendFile);
  await new Promise<void>((done) => files.listen(0, '127.0.0.1', done));
  runtime = await start();
});

afterAll(async () => {
  await runtime.stop();
  await new Promise((done) => files.close(done));
  await rm(folder, { recursive: true });
});

describe('a prediction', () => {
  it('takes the values of the model', async () => {
    expect(await call(await readExample('five.json'))).toEqual({ status: 200, answer: { digit: 5 } });
    expect(await call(await readExample('seven.json'))).toEqual({ status: 200, answer: { digit: 7 } });
  });

  it('takes a picture, white on black or dark on white', async () => {
    expect((await call({ image_base64: await readBase64('five.png') })).answer).toEqual({ digit: 5 });
    expect((await call({ image_base64: await readBase64('seven.jpg') })).answer).toEqual({ digit: 7 });
    const dataUrl = `data:image/png;base64,${await readBase64('five.png')}`;
    expect((await call({ image_base64: dataUrl })).answer).toEqual({ digit: 5 });
  });

  it('takes the address of a picture', async () => {
    expect((await call({ url: `${filesUrl()}/five.png` })).answer).toEqual({ digit: 5 });
    expect((await call({ url: `${filesUrl()}/seven.jpg` })).answer).toEqual({ digit: 7 });
    expect((await call({ url: `${filesUrl()}/five.json` })).answer).toMatchObject({
      error: { code: 'invalid_image', field: 'url' },
    });
  });

  it('is served under names with a slash', async () => {
    expect((await call(await readExample('five.json'), '/serve/vision/digits.v2')).answer).toEqual({
      digit: 5,
    });
  });

  it('has its probabilities only when asked for', async () => {
    const { answer } = await call(await readExample('five.json'), '/serve/digits?detail=1');
    const { digit, probabilities } = answer as { digit: number; probabilities: number[] };
    expect(digit).toBe(5);
    expect(probabilities).toHaveLength(10);
    expect(probabilities[5]).toBeGreaterThan(0.9);
  });

  it('is right on at least 95 of 100 digits that the model has not seen', async () => {
    const samples: { image: number[][]; digit: number }[] = await readExample('held-out.json');
    const answers = await Promise.all(samples.map(({ image }) => call({ image })));
    const right = answers.filter(
      ({ answer }, index) => (answer as { digit: number }).digit === samples[index]?.digit,
    );
    expect(samples).toHaveLength(100);
    expect(right.length).toBeGreaterThanOrEqual(95);
  });
});

const rows = (value: unknown) => Array.from({ length: 8 }, () => Array.from({ length: 8 }, () => value));
const refused: [what: string, body: unknown, status: number, code: string, field?: string][] = [
  ['nothing', {}, 400, 'invalid_request', 'image'],
  ['two forms', { image: rows(0), url: 'http://example.com/' }, 400, 'invalid_request', 'image'],
  ['an unknown key', { picture: 1 }, 400, 'invalid_request', 'picture'],
  ['a list', [], 400, 'invalid_request'],
  ['no JSON', '{', 400, 'invalid_request'],
  ['a number for rows', { image: 7 }, 400, 'invalid_request', 'image'],
  ['too few rows', { image: rows(0).slice(1) }, 400, 'invalid_request', 'image'],
  ['a short row', { image: [...rows(0).slice(1), [1, 2]] }, 400, 'invalid_request', 'image[7]'],
  ['a row that is none', { image: [5, ...rows(0).slice(1)] }, 400, 'invalid_request', 'image[0]'],
  ['a value too large', { image: rows(17) }, 400, 'invalid_request', 'image[0][0]'],
  ['a negative value', { image: rows(-1) }, 400, 'invalid_request', 'image[0][0]'],
  ['a text for a number', { image: rows('1') }, 400, 'invalid_request', 'image[0][0]'],
  ['null for a number', { image: rows(null) }, 400, 'invalid_request', 'image[0][0]'],
  ['no base64', { image_base64: 'pi(ture' }, 400, 'invalid_request', 'image_base64'],
  ['empty base64', { image_base64: '' }, 400, 'invalid_request', 'image_base64'],
  ['a number for base64', { image_base64: 5 }, 400, 'invalid_request', 'image_base64'],
  ['a text file', { image_base64: btoa('hello') }, 400, 'invalid_image', 'image_base64'],
  ['a cut PNG', { image_base64: btoa('\x89PNG\r\n\x1a\nabc') }, 400, 'invalid_image', 'image_base64'],
  ['a large file', { image_base64: 'A'.repeat(2_796_300) }, 413, 'too_large', 'image_base64'],
  ['a larger body', { image_base64: 'A'.repeat(5_000_000) }, 413, 'too_large'],
  ['no URL', { url: 'five.png' }, 400, 'url_refused', 'url'],
  ['a file URL', { url: 'file:///etc/passwd' }, 400, 'url_refused', 'url'],
  ['a URL of this machine', { url: 'http://[::1]:8081/five.png' }, 400, 'url_refused', 'url'],
];

describe('a request', () => {
  it.each(refused)('with %s is refused', async (_what, body, status, code, field) => {
    const result = await call(body);
    expect(result.status).toBe(status);
    expect(result.answer).toMatchObject({ error: { code, message: expect.stringMatching(/\.?$/) } });
    expect((result.answer as { error: { field?: string } }).error.field).toBe(field);
  });

  it('for an unknown endpoint hears which there are', async () => {
    const { status, answer } = await call({}, '/serve/digit');
    expect(status).toBe(404);
    expect(answer).toMatchObject({ error: { code: 'unknown_endpoint' } });
    expect(JSON.stringify(answer)).toContain('Known endpoints: digits, vision/digits.v2');
  });

  it('for an endpoint that does not load gets 503 and no path of this machine', async () => {
    const { status, answer } = await call({}, '/serve/broken');
    expect(status).toBe(503);
    expect(answer).toMatchObject({ error: { code: 'endpoint_unavailable' } });
    expect(JSON.stringify(answer)).not.toContain(folder);
  });

  it('in another form than JSON, with an unknown option or to an unknown path is refused', async () => {
    const text = await fetch(`${runtime.url}/serve/digits`, { method: 'POST', body: 'five' });
    expect(text.status).toBe(415);
    expect((await call({}, '/serve/digits?detail=yes')).answer).toMatchObject({ error: { field: 'detail' } });
    expect(await get('/nothing')).toMatchObject({ error: { code: 'unknown_route' } });
  });
});

describe('the state', () => {
  it('is told by /health, whatever single endpoints do', async () => {
    const health = await get('/health');
    expect(health.status).toBe('ok');
    expect(health.endpoints).toMatchObject([
      { name: 'digits', state: 'ready' },
      { name: 'vision/digits.v2', state: 'ready' },
      { name: 'broken', state: 'failed', error: expect.stringContaining('endpoint.json does not exist') },
    ]);
  });

  it('has what endpoints take and answer in /serve', async () => {
    const { endpoints } = await get('/serve');
    expect(endpoints[0]).toMatchObject({
      name: 'digits',
      engine: 'onnx',
      input: { kind: 'image', width: 8, height: 8 },
      output: { kind: 'label', name: 'digit' },
    });
  });
});

it('answers the calls it has before it stops', async () => {
  const stopping = await start();
  const asked = new Promise((done) => files.once('request', done));
  const answer = call({ url: `${filesUrl()}/slow/five.png` }, '/serve/digits', stopping.url);
  await asked;
  const stopped = stopping.stop();
  release();
  expect(await answer).toEqual({ status: 200, answer: { digit: 5 } });
  await stopped;
  await expect(fetch(`${stopping.url}/health`)).rejects.toThrow();
});

it('follows its file without a restart', async () => {
  await want([{ name: 'numbers', model: digits }]);
  await expect
    .poll(async () => (await get('/serve')).endpoints)
    .toMatchObject([{ name: 'numbers', state: 'ready' }]);
  expect((await call(await readExample('five.json'), '/serve/numbers')).answer).toEqual({ digit: 5 });
});
