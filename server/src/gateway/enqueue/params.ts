import type { Hyperparams } from '../../features/tasks/index.ts';
import { storable } from '../../platform/database.ts';
import { GatewayError } from '../errors.ts';
import { fittingType, textOf } from './param-types.ts';

export type Params = Record<string, unknown>;

const general = 'General';
const maxDepth = 32;
/** Half a million would stop the server for seconds, and each page that shows the task after it. */
const maxParams = 10_000;
/** Bytes of a name with its value as the task has it, and of all together: whoever reads the task after it reads them too. */
const maxBytes = { one: 1024 * 1024, all: 4 * 1024 * 1024 };

/**
 * The template's hyperparameters with the caller's laid over them, every value a text as the SDK stores it, nested objects as paths
 * with `/`.
 *
 * A parameter is one of the section `General`, like those of `task.connect(dict)`, unless it names another: `Args/lr` is `lr` of
 * `Args`, whether the template has that section or not, as for `task.set_parameters()`. An object under the name of a section that
 * the template has is that section too. A path that the template has in `General` always means that one.
 *
 * @throws GatewayError invalid_request when the parameters are nested deeper than 32 levels, more than 10,000, or too large
 */
export function withParams(template: Hyperparams, params: Params): Hyperparams {
  const sections = new Map(
    Object.entries(template).map(([name, items]) => [name, new Map(Object.entries(items))]),
  );
  const limits = new ParamLimits();
  for (const { key, path, value } of flatten(params)) {
    const text = textOf(value);
    limits.count(path, text);
    const { section, name } = placeOf(template, key, path);
    const items = sections.get(section) ?? new Map();
    const before = items.get(name);
    const { type: _, ...kept } = before ?? {};
    const type = fittingType(value, before?.type, before !== undefined);
    items.set(name, { ...kept, section, name, value: text, ...(type !== undefined && { type }) });
    sections.set(section, items);
  }
  const entries = [...sections].map(([name, items]) => [name, Object.fromEntries(items)] as const);
  return Object.fromEntries(entries);
}

/** Adds up the parameters of one call. */
class ParamLimits {
  #params = 0;
  #bytes = 0;

  count(path: string, text: string): void {
    const bytes = Buffer.byteLength(path) + Buffer.byteLength(text);
    this.#bytes += bytes;
    if (++this.#params > maxParams) {
      throw refusal(`params are more than ${maxParams}: pass many values as a list in one of them`);
    }
    const remedy = 'pass the address of a file instead';
    if (bytes > maxBytes.one) {
      throw refusal(`params: ${path.slice(0, 200)} is larger than ${maxBytes.one} bytes; ${remedy}`);
    }
    if (this.#bytes > maxBytes.all) {
      throw refusal(`params are larger than ${maxBytes.all} bytes together; ${remedy}`);
    }
  }
}

function refusal(message: string): GatewayError {
  return new GatewayError('invalid_request', message);
}

function placeOf(template: Hyperparams, key: string, path: string): { section: string; name: string } {
  const slash = path.indexOf('/');
  const [section, name] = [path.slice(0, slash), path.slice(slash + 1)];
  const isKnown = section === general || Object.hasOwn(template, section);
  const namesSection = slash > 0 && name !== '' && (key.includes('/') || isKnown);
  const isInGeneral = Object.hasOwn(template[general] ?? {}, path);
  return namesSection && !isInGeneral ? { section, name } : { section: general, name: path };
}

interface Flat {
  /** What the caller wrote at the top. */
  key: string;
  path: string;
  value: unknown;
}

function* flatten(params: Params, top?: string, prefix = '', depth = 1): Generator<Flat> {
  if (depth > maxDepth) {
    throw refusal(`params are nested deeper than ${maxDepth} levels`);
  }
  for (const [written, value] of Object.entries(params)) {
    const key = top ?? written;
    const path = storable(prefix + written);
    if (isObject(value) && Object.keys(value).length > 0) yield* flatten(value, key, `${path}/`, depth + 1);
    else yield { key, path, value };
  }
}

export function isObject(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
