// Draws the example digits as people would send them: five.png white on black, seven.jpg dark on white.
// Usage: node render.mjs, after train.py wrote the JSON files.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

const folder = import.meta.dirname;
const side = 48;
const margin = 8;

/** The digit in white on black, smoothed, with some paper around it as in a drawing. */
async function draw(name) {
  const { image } = JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8'));
  const pixels = Buffer.from(image.flat().map((value) => Math.round((value * 255) / 16)));
  const digit = await sharp(pixels, { raw: { width: 8, height: 8, channels: 1 } })
    .resize(side, side, { kernel: 'cubic' })
    .png()
    .toBuffer();
  const paper = { top: margin, bottom: margin, left: margin, right: margin, background: 'black' };
  return sharp(await sharp(digit).extend(paper).png().toBuffer()).toColourspace('b-w');
}

await (await draw('five')).png().toFile(join(folder, 'five.png'));
await (await draw('seven')).negate().jpeg({ quality: 90 }).toFile(join(folder, 'seven.jpg'));
