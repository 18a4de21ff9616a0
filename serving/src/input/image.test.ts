import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Description } from '../endpoints/wanted.ts';
import type { Engine } from '../engines/engine.ts';
import { loadOnnx } from '../engines/onnx.ts';
import { decodeImage } from './image.ts';

const digits = resolve(import.meta.dirname, '../../models/digits');
const readJson = async (file: string) => JSON.parse(await readFile(join(digits, file), 'utf8'));

let description: Description;
let engine: Engine;
let samples: { image: number[][]; digit: number }[];

beforeAll(async () => {
  description = await readJson('endpoint.json');
  engine = await loadOnnx(join(digits, description.file), description);
  samples = await readJson('examples/held-out.json');
});

afterAll(() => engine.close());

/** A digit as a picture of 160 x 160 pixels, white on black. */
async function drawing(image: number[][]): Promise<Sharp> {
  const pixels = Buffer.from(image.flat().map((value) => Math.round((value * 255) / 16)));
  const small = sharp(pixels, { raw: { width: 8, height: 8, channels: 1 } });
  return sharp(await small.resize(160, 160, { kernel: 'nearest' }).png().toBuffer()).toColourspace('b-w');
}

/** How many of the hundred held-out digits are recognised when each is drawn by `draw`. */
async function recognised(draw: (digit: Sharp) => Sharp | Promise<Sharp>): Promise<number> {
  let right = 0;
  for (const { image, digit } of samples) {
    const file = await (await draw(await drawing(image))).toBuffer();
    const { label } = await engine.predict(await decodeImage(file, description.input, 'image_base64'));
    if (label === digit) right += 1;
  }
  return right;
}

const offCentre = { top: 70, bottom: 30, left: 50, right: 80, background: 'black' };

describe('nine digits in ten are recognised', () => {
  it.each<[string, (digit: Sharp) => Sharp | Promise<Sharp>]>([
    ['as the data set has it', (digit) => digit.png()],
    ['in dark on white', (digit) => digit.negate().png()],
    ['anywhere on a larger canvas', (digit) => digit.extend(offCentre).png()],
    [
      'with a pen on grey paper, as a JPEG',
      async (digit) => {
        const drawn = await digit.extend(offCentre).negate().png().toBuffer();
        return sharp(drawn).linear(0.6, 40).jpeg();
      },
    ],
    [
      'in black on a transparent canvas',
      async (digit) => {
        const alpha = await digit.png().toBuffer();
        const ink = sharp({ create: { width: 160, height: 160, channels: 3, background: 'black' } });
        return ink.joinChannel(alpha).png();
      },
    ],
  ])('%s', async (_how, draw) => {
    expect(await recognised(draw)).toBeGreaterThanOrEqual(90);
  });
});

describe('a picture', () => {
  const values = async (picture: Sharp) =>
    decodeImage(await picture.png().toBuffer(), description.input, 'url');
  const plain = (width: number, height: number, background: string) =>
    sharp({ create: { width, height, channels: 3, background } });

  it('that shows nothing is nothing', async () => {
    expect([...(await values(plain(20, 10, 'white')))]).toEqual(Array(64).fill(0));
    expect([...(await values(plain(1, 1, 'black')))]).toEqual(Array(64).fill(0));
  });

  it('without crop or background is only averaged and scaled', async () => {
    const { background: _background, crop: _crop, ...input } = description.input;
    const half = plain(16, 16, 'black').composite([
      { input: await plain(8, 16, 'white').png().toBuffer(), left: 0, top: 0 },
    ]);
    const result = await decodeImage(await half.png().toBuffer(), input, 'url');
    expect([...result.subarray(0, 8)]).toEqual([16, 16, 16, 16, 0, 0, 0, 0]);
  });

  it('with very many pixels is not unpacked', async () => {
    const bomb = await plain(5000, 5000, 'white').png().toBuffer();
    expect(bomb.length).toBeLessThan(2 ** 20);
    await expect(decodeImage(bomb, description.input, 'url')).rejects.toMatchObject({
      code: 'too_large',
      field: 'url',
    });
  });

  it('in another format is refused, whatever sharp could read', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>');
    await expect(decodeImage(svg, description.input, 'url')).rejects.toMatchObject({ code: 'invalid_image' });
    const webp = await plain(8, 8, 'white').webp().toBuffer();
    await expect(decodeImage(webp, description.input, 'url')).rejects.toMatchObject({
      code: 'invalid_image',
    });
  });
});
