import { type Static, Type } from 'typebox';
import type { ImageInput } from '../endpoints/wanted.ts';
import { ServingError } from '../errors.ts';
import { type FetchLimits, fetchUrl } from './fetch.ts';
import { decodeBase64, decodeImage, readRows } from './image.ts';

/** Exactly one of the three; `image` is checked against the endpoint's own shape. */
export const imageRequest = Type.Object(
  {
    /** Rows of the model's own values. */
    image: Type.Optional(Type.Unknown()),
    /** A PNG or JPEG file in base64. */
    image_base64: Type.Optional(Type.String()),
    /** Where to fetch a PNG or JPEG file. */
    url: Type.Optional(Type.String({ maxLength: 2000 })),
  },
  { additionalProperties: false },
);
export type ImageRequest = Static<typeof imageRequest>;

/** The model's values for a request, in whichever of the three forms they come. */
export async function readImage(
  body: ImageRequest,
  input: ImageInput,
  limits: FetchLimits,
): Promise<Float32Array> {
  const given = Object.keys(body);
  if (given.length !== 1) {
    const found = given.length === 0 ? 'none' : given.join(' and ');
    throw new ServingError(
      'invalid_request',
      `Send exactly one of image, image_base64 and url; found ${found}.`,
      'image',
    );
  }
  if (body.image_base64 !== undefined) {
    return decodeImage(decodeBase64(body.image_base64, 'image_base64'), input, 'image_base64');
  }
  if (body.url !== undefined) return decodeImage(await fetchUrl(body.url, limits, 'url'), input, 'url');
  return readRows(body.image, input, 'image');
}
