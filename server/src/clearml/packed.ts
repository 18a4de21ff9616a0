import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { ClearmlError } from './errors.ts';

const unpackers: Readonly<
  Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>
> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
};

/**
 * The body of a request without its `Content-Encoding`. Unpacking stops at the limit, however small the packed body is.
 *
 * @throws ClearmlError 413 for more than `maxBytes`, 415 for an encoding that is not known here, 400/12 for a body that is not
 *   in its encoding
 */
export async function unpacked(body: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  const name = encoding.trim().toLowerCase();
  if (name === 'identity' || body.length === 0) return body;
  const unpack = Object.hasOwn(unpackers, name) ? unpackers[name] : undefined;
  if (!unpack) {
    throw new ClearmlError(
      'unsupported_encoding',
      `Content-Encoding: ${encoding}: send gzip, deflate, or the plain body`,
    );
  }
  try {
    return await unpack(body, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new ClearmlError('payload_too_large', `at most ${maxBytes} bytes when unpacked`);
    throw new ClearmlError('validation_error', `the body is not ${name}, which its Content-Encoding says`);
  }
}
