import type { ImageInput } from '../endpoints/wanted.ts';

/** A grey picture: `pixels` row by row, 0 (black) to 255 (white). */
export interface GreyPicture {
  width: number;
  height: number;
  pixels: Float32Array;
}

/** A pixel at least this far (of 255) from the background belongs to what is shown. */
const contentLevel = 50;

/** Turns a picture into the model's values, row by row, 0 to `input.max`. */
export function prepare(picture: GreyPicture, input: ImageInput): Float32Array {
  const even = input.background ? onBackground(picture, input.background) : picture;
  const framed = input.background && input.crop ? cropToContent(even, input) : even;
  const values = shrink(framed, input.width, input.height);
  return values.map((value) => (value * input.max) / 255);
}

/**
 * Pencil on grey paper becomes what the model knows: the background at one end of the scale, the strongest content at the other.
 * Differences too faint to be content are not blown up.
 */
function onBackground(picture: GreyPicture, background: 'dark' | 'light'): GreyPicture {
  const border = borderLevel(picture);
  const inverted = border > 127;
  const distance = (pixel: number) => Math.max(0, inverted ? border - pixel : pixel - border);
  const strongest = picture.pixels.reduce((most, pixel) => Math.max(most, distance(pixel)), 0);
  const factor = strongest < contentLevel ? 1 : 255 / strongest;
  const pixels = picture.pixels.map((pixel) => {
    const content = distance(pixel) * factor;
    return background === 'dark' ? content : 255 - content;
  });
  return { ...picture, pixels };
}

/** The median, because what is shown may touch the border. */
function borderLevel({ width, height, pixels }: GreyPicture): number {
  const border = pixels.filter((_, index) => {
    const x = index % width;
    const y = (index - x) / width;
    return x === 0 || y === 0 || x === width - 1 || y === height - 1;
  });
  return border.sort()[border.length >> 1] ?? 0;
}

/** Cuts to what is shown and centres it in the model's aspect ratio. A picture that shows nothing stays as it is. */
function cropToContent(picture: GreyPicture, input: ImageInput): GreyPicture {
  const paper = input.background === 'dark' ? 0 : 255;
  const { width, height, pixels } = picture;
  let [left, top, right, bottom] = [width, height, -1, -1];
  pixels.forEach((pixel, index) => {
    if (Math.abs(pixel - paper) < contentLevel) return;
    const x = index % width;
    const y = (index - x) / width;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  });
  if (right < 0) return picture;

  const [contentWidth, contentHeight] = [right - left + 1, bottom - top + 1];
  const scale = Math.max(contentWidth / input.width, contentHeight / input.height);
  const framed = {
    width: Math.max(contentWidth, Math.round(input.width * scale)),
    height: Math.max(contentHeight, Math.round(input.height * scale)),
  };
  const offset = (framed.height - contentHeight) >> 1;
  const indent = (framed.width - contentWidth) >> 1;
  const canvas = new Float32Array(framed.width * framed.height).fill(paper);
  for (let y = 0; y < contentHeight; y += 1) {
    const from = (top + y) * width + left;
    canvas.set(pixels.subarray(from, from + contentWidth), (offset + y) * framed.width + indent);
  }
  return { ...framed, pixels: canvas };
}

/**
 * Resizes by area averaging: each value is the mean of the pixels it covers, which is how the digits data set was made.
 * (sharp's kernels overlap their neighbours: up to 5 of 16 off on the model's own training pictures.)
 */
function shrink({ width, height, pixels }: GreyPicture, toWidth: number, toHeight: number): Float32Array {
  const columns = shares(width, toWidth);
  const rows = shares(height, toHeight);
  const values = new Float32Array(toWidth * toHeight);
  rows.forEach((covered, row) => {
    columns.forEach((across, column) => {
      let sum = 0;
      for (const [y, weight] of covered) {
        for (const [x, share] of across) sum += weight * share * (pixels[y * width + x] ?? 0);
      }
      values[row * toWidth + column] = sum;
    });
  });
  return values;
}

/** For each of `to` equal parts of a line of `from` pixels: the pixels it covers, each with its share of the part. */
function shares(from: number, to: number): [index: number, share: number][][] {
  return Array.from({ length: to }, (_, part) => {
    const [start, end] = [(part * from) / to, ((part + 1) * from) / to];
    const covered: [number, number][] = [];
    for (let index = Math.floor(start); index < end; index += 1) {
      covered.push([index, (Math.min(end, index + 1) - Math.max(start, index)) / (end - start)]);
    }
    return covered;
  });
}
