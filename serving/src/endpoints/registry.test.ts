import { copyFile, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadOnnx } from '../engines/onnx.ts';
import { Registry } from './registry.ts';

const digits = resolve(import.meta.dirname, '../../models/digits');

let folder: string;
let registry: Registry;
let five: Float32Array;

const model = (file = '') => join(folder, 'models/digits', file);
const want = (value: unknown) => writeFile(join(folder, 'endpoints.json'), JSON.stringify(value));
const wantDigits = () => want({ endpoints: [{ name: 'digits', model: 'models/digits' }] });
const predict = () => registry.use('digits', async ({ engine }) => (await engine.predict(five)).label);
const state = () => registry.status().map(({ name, state }) => `${name} ${state}`);

async function describeModel(change: Record<string, unknown>): Promise<void> {
  const description = JSON.parse(await readFile(join(digits, 'endpoint.json'), 'utf8'));
  await writeFile(model('endpoint.json'), JSON.stringify({ ...description, ...change }));
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arno-serving-'));
  await mkdir(join(folder, 'models'));
  await cp(digits, model(), { recursive: true });
  const { image } = JSON.parse(await readFile(join(digits, 'examples/five.json'), 'utf8'));
  five = Float32Array.from(image.flat());
  registry = new Registry(join(folder, 'endpoints.json'), { onnx: loadOnnx }, pino({ level: 'silent' }));
});

afterEach(async () => {
  await registry.close();
  await rm(folder, { recursive: true });
});

describe('the registry', () => {
  it('waits for its file, then loads and unloads what the file says', async () => {
    await registry.reconcile();
    expect(registry.configError).toContain('endpoints.json does not exist');

    await wantDigits();
    await registry.reconcile();
    expect(registry.configError).toBeUndefined();
    expect(state()).toEqual(['digits ready']);
    expect(await predict()).toBe(5);

    await want({ endpoints: [] });
    await registry.reconcile();
    expect(state()).toEqual([]);
    await expect(predict()).rejects.toMatchObject({ code: 'unknown_endpoint' });
  });

  it('says that a first version is on its way', async () => {
    let load = () => {};
    const asked = new Promise<void>((begun) => {
      const onnx: typeof loadOnnx = async (file, description) => {
        begun();
        await new Promise<void>((done) => {
          load = done;
        });
        return loadOnnx(file, description);
      };
      registry = new Registry(join(folder, 'endpoints.json'), { onnx }, pino({ level: 'silent' }));
    });
    await wantDigits();
    const reconciled = registry.reconcile();
    await asked;
    expect(state()).toEqual(['digits loading']);
    await expect(predict()).rejects.toMatchObject({ code: 'endpoint_unavailable' });
    load();
    await reconciled;
    expect(state()).toEqual(['digits ready']);
  });

  it('keeps everything while its file is broken', async () => {
    await wantDigits();
    await registry.reconcile();
    for (const [value, fault] of [
      [
        { endpoints: [{ name: '../x', model: 'm', old: 1 }] },
        /\/endpoints\/0\/old is not a known key.*\/endpoints\/0\/name/,
      ],
      [{ endpoint: [] }, /must have required properties endpoints/],
      [{ endpoints: ['a', 'a'].map((name) => ({ name, model: 'm' })) }, /two endpoints are named "a"/],
    ] as const) {
      await want(value);
      await registry.reconcile();
      expect(registry.configError).toMatch(fault);
      expect(await predict()).toBe(5);
    }
    await writeFile(join(folder, 'endpoints.json'), '{');
    await registry.reconcile();
    expect(registry.configError).toContain('is not valid JSON');
  });

  it('serves the last good version while a new one does not load, and the new one when it does', async () => {
    await wantDigits();
    await registry.reconcile();
    await writeFile(model('model.onnx'), 'not a model');
    await registry.reconcile();
    expect(state()).toEqual(['digits outdated']);
    expect(registry.status()[0]?.error).toMatch(/model\.onnx failed/);
    expect(registry.status()[0]?.error).not.toContain(folder);
    expect(await predict()).toBe(5);

    const before = registry.status()[0]?.loaded_at;
    await copyFile(join(digits, 'model.onnx'), model('next'));
    await rename(model('next'), model('model.onnx'));
    await registry.reconcile();
    expect(state()).toEqual(['digits ready']);
    expect(registry.status()[0]?.loaded_at).not.toBe(before);
    expect(await predict()).toBe(5);
  });

  it('follows a changed description', async () => {
    await wantDigits();
    await registry.reconcile();
    await describeModel({ output: { kind: 'label', name: 'number' } });
    await registry.reconcile();
    expect(registry.status()[0]?.output?.name).toBe('number');
  });

  it('does not let a broken endpoint stop the others', async () => {
    const endpoints = [
      { name: 'broken', model: 'models/none' },
      { name: 'digits', model: 'models/digits' },
    ];
    await want({ endpoints });
    await registry.reconcile();
    expect(state()).toEqual(['broken failed', 'digits ready']);
    await expect(registry.use('broken', async () => 0)).rejects.toMatchObject({
      code: 'endpoint_unavailable',
    });
  });

  it('keeps a version in memory until the calls that use it end', async () => {
    await wantDigits();
    await registry.reconcile();
    const answer = await registry.use('digits', async ({ engine }) => {
      await want({ endpoints: [] });
      await registry.reconcile();
      return engine.predict(five);
    });
    expect(answer.label).toBe(5);
  });

  it.each([
    [{ file: '../model.onnx' }, /\/file must match/],
    [{ file: 'other.onnx' }, /other\.onnx does not exist/],
    [{ engine: 'tensorflow' }, /\/engine must be "onnx"/],
    [{ input: { kind: 'image', width: 4, height: 8, channels: 1, max: 16 } }, /takes 64 values .* has 32/],
    [{ input: { kind: 'image', width: 8, height: 8, channels: 3, max: 16 } }, /\/input\/channels must be 1/],
    [
      { input: { kind: 'image', width: 8, height: 8, channels: 1, max: 16, crop: true } },
      /crop needs .*background/,
    ],
  ])('says what is wrong with the description %j', async (change, fault) => {
    await describeModel(change);
    await wantDigits();
    await registry.reconcile();
    expect(registry.status()[0]).toMatchObject({ state: 'failed', error: expect.stringMatching(fault) });
  });
});
