import sharp from 'sharp';
import type { ImageInput } from '../endpoints/wanted.ts';
import { messageOf, ServingError } from '../errors.ts';
import { type GreyPicture, prepare } from './prepare.ts';

/** Bytes of a PNG or JPEG file. */
export const maxImageBytes = 2 * 1024 * 1024;
/** A small file can unpack to very many pixels; more than these are not unpacked. */
const maxPixels = 4096 * 4096;
/** Larger pictures are shrunk to this side by the library's threads before our own, simpler code looks at them. */
const workingSide = ({ width, height }: ImageInput) => Math.max(256, 2 * width, 2 * height);

const signatures = [
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  Buffer.from([0xff, 0xd8, 0xff]),
];

/** Settings of the decoder for the whole process: each call decodes one small picture once, so nothing is worth a cache or threads. */
export function limitDecoder(): void {
  sharp.cache(false);
  sharp.concurrency(1);
}

/** Decodes a PNG or JPEG file to the values of `input`. `field` names where the file came from in errors. */
export async function decodeImage(file: Buffer, input: ImageInput, field: string): Promise<Float32Array> {
  if (!signatures.some((signature) => file.subarray(0, signature.length).equals(signature))) {
    throw new ServingError('invalid_image', `${field} is not a PNG or JPEG picture.`, field);
  }
  return prepare(await greyPicture(file, workingSide(input), field), input);
}

async function greyPicture(file: Buffer, side: number, field: string): Promise<GreyPicture> {
  try {
    const { data, info } = await sharp(file, { limitInputPixels: maxPixels, failOn: 'error' })
      .autoOrient()
      // Drawings on a transparent canvas are dark strokes far more often than bright ones.
      .flatten({ background: 'white' })
      .resize(side, side, { fit: 'inside', withoutEnlargement: true })
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, pixels: Float32Array.from(data) };
  } catch (error) {
    if (/pixel limit/.test(messageOf(error))) {
      throw new ServingError(
        'too_large',
        `${field} has more than ${maxPixels} pixels. Send a smaller picture.`,
        field,
      );
    }
    throw new ServingError('invalid_image', `${field} cannot be decoded: ${messageOf(error)}.`, field);
  }
}

/** Decodes base64 text (also with a `data:` prefix) to the bytes of a file. */
export function decodeBase64(text: string, field: string): Buffer {
  const base64 = text.replace(/^data:image\/[a-z]+;base64,/, '').replace(/\s+/g, '');
  if (base64 === '' || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) {
    throw new ServingError(
      'invalid_request',
      `${field} is not base64. Send the file's bytes in base64.`,
      field,
    );
  }
  if (base64.length > Math.ceil(maxImageBytes / 3) * 4) {
    throw new ServingError('too_large', `${field} holds more than ${maxImageBytes} bytes.`, field);
  }
  return Buffer.from(base64, 'base64');
}

/** Checks `rows` of numbers, which are the model's values as they are, and puts them in one line. */
export function readRows(rows: unknown, { width, height, max }: ImageInput, field: string): Float32Array {
  const invalid = (message: string, where = field) =>
    new ServingError('invalid_request', `${where} ${message}`, where);
  const shape = `${height} rows of ${width} numbers from 0 to ${max}`;
  if (!Array.isArray(rows)) throw invalid(`must be an array of ${shape}.`);
  if (rows.length !== height) throw invalid(`has ${rows.length} rows; send ${shape}.`);
  return Float32Array.from(
    rows.flatMap((row: unknown, y) => {
      if (!Array.isArray(row)) throw invalid(`must be an array of ${width} numbers.`, `${field}[${y}]`);
      if (row.length !== width) throw invalid(`has ${row.length} values; send ${width}.`, `${field}[${y}]`);
      return row.map((value: unknown, x) => {
        if (typeof value === 'number' && value >= 0 && value <= max) return value;
        const found = typeof value === 'number' ? value : 'not a number';
        throw invalid(`is ${found}; send a number from 0 to ${max}.`, `${field}[${y}][${x}]`);
      });
    }),
  );
}
