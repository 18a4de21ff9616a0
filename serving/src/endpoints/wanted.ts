import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Static, type TSchema, Type } from 'typebox';
import Value from 'typebox/value';

/** One or more names joined by `/`, so that no name can look like a path out of `/serve/`. */
const name = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$',
  maxLength: 200,
});

const wantedState = Type.Object(
  {
    endpoints: Type.Array(
      Type.Object(
        {
          name,
          /** Folder of the model, absolute or relative to this file; it holds an `endpoint.json`. */
          model: Type.String({ minLength: 1, maxLength: 4000 }),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);

const side = Type.Integer({ minimum: 1, maximum: 1024 });

const imageInput = Type.Object(
  {
    kind: Type.Literal('image'),
    width: side,
    height: side,
    /** Grey values only, so far. */
    channels: Type.Literal(1),
    /** Value of the brightest pixel; the darkest is 0. */
    max: Type.Number({ exclusiveMinimum: 0 }),
    /** What the model was trained on. Pictures on the other background are inverted. */
    background: Type.Optional(Type.Enum(['dark', 'light'])),
    /** Cut pictures to what stands out from their background, as the training data were; needs `background`. */
    crop: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

/** The model's own description, `endpoint.json` in its folder. It travels with the model. */
const description = Type.Object(
  {
    engine: Type.Literal('onnx'),
    /** Name of a file in the same folder; never a path, because whoever made the model wrote it. */
    file: Type.String({ pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]*$', maxLength: 200 }),
    input: imageInput,
    /** The answer is `{[name]: label}`. */
    output: Type.Object(
      {
        kind: Type.Literal('label'),
        name: Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$', maxLength: 100 }),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

export type ImageInput = Static<typeof imageInput>;
export type Description = Static<typeof description>;

export interface WantedEndpoint {
  name: string;
  /** Absolute. */
  folder: string;
}

export interface Bundle {
  description: Description;
  /** Absolute path of the model's file. */
  file: string;
  /** Differs whenever the description or the file does. */
  version: string;
}

const maxJsonBytes = 1024 * 1024;
const maxModelBytes = 1024 * 1024 * 1024;

/** Reads the wanted state. Throws an error that names the file, the key and what it must be. */
export async function readWantedState(path: string): Promise<WantedEndpoint[]> {
  const { value } = await readJson(path, wantedState);
  const names = value.endpoints.map((endpoint) => endpoint.name);
  const twice = names.find((one, index) => names.indexOf(one) !== index);
  if (twice !== undefined) throw new Error(`${path}: two endpoints are named "${twice}"; names must differ`);
  return value.endpoints.map(({ name, model }) => ({ name, folder: resolve(dirname(path), model) }));
}

/** Reads what a model folder holds, without loading the model. Throws like `readWantedState`. */
export async function readBundle(folder: string): Promise<Bundle> {
  const path = join(folder, 'endpoint.json');
  const { value, text } = await readJson(path, description);
  if (value.input.crop && !value.input.background) {
    throw new Error(`${path}: /input/crop needs /input/background, "dark" or "light"`);
  }
  const file = join(folder, value.file);
  const info = await stat(file).catch((error) => Promise.reject(unreadable(file, error)));
  if (!info.isFile()) throw new Error(`${file} is not a file`);
  if (info.size > maxModelBytes)
    throw new Error(`${file} has ${info.size} bytes; at most ${maxModelBytes} are loaded`);
  const version = JSON.stringify([file, info.ino, info.size, info.mtimeMs, text]);
  return { description: value, file, version };
}

async function readJson<Schema extends TSchema>(
  path: string,
  schema: Schema,
): Promise<{ value: Static<Schema>; text: string }> {
  const text = await readFile(path, 'utf8').catch((error) => Promise.reject(unreadable(path, error)));
  if (text.length > maxJsonBytes) throw new Error(`${path} is longer than ${maxJsonBytes} characters`);
  const value = parse(path, text);
  if (!Value.Check(schema, value)) throw new Error(`${path}: ${faults(schema, value)}`);
  return { value, text };
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is not valid JSON: ${(error as Error).message}`);
  }
}

function unreadable(path: string, error: NodeJS.ErrnoException): Error {
  return new Error(
    error.code === 'ENOENT' ? `${path} does not exist` : `cannot read ${path}: ${error.message}`,
  );
}

/** All faults on one line, each with the place it is at. */
function faults(schema: TSchema, value: unknown): string {
  return Value.Errors(schema, value)
    .filter(({ keyword }) => keyword !== 'additionalProperties')
    .map((error) => `${error.instancePath || '/'} ${faultMessage(error)}`)
    .join('; ');
}

function faultMessage(error: ReturnType<typeof Value.Errors>[number]): string {
  if (error.keyword === 'boolean') return 'is not a known key';
  if (error.keyword === 'const') return `must be ${JSON.stringify(error.params.allowedValue)}`;
  if (error.keyword === 'enum') return `must be one of ${JSON.stringify(error.params.allowedValues)}`;
  return error.message;
}
