import type { Hyperparams } from '../features/tasks/index.ts';
import { GatewayError } from './errors.ts';
import { storable } from './mask.ts';

export type Params = Record<string, unknown>;

const section = 'General';
const maxDepth = 32;

/**
 * The template's hyperparameters with the caller's laid over its section `General`, as the SDK's `task.connect(dict)` stores
 * them: every value a text, nested objects as paths with `/`. A parameter that the template has keeps its type, which tells
 * the SDK what to turn the text into.
 *
 * @throws GatewayError invalid_request when the parameters are nested deeper than 32 levels
 */
export function withParams(template: Hyperparams, params: Params): Hyperparams {
  const defaults = template[section] ?? {};
  const asked = [...flatten(params, '', 1)].map(([name, value]) => [
    name,
    { ...(Object.hasOwn(defaults, name) ? defaults[name] : undefined), section, name, value },
  ]);
  return { ...template, [section]: { ...defaults, ...Object.fromEntries(asked) } };
}

function* flatten(params: Params, prefix: string, depth: number): Generator<[name: string, value: string]> {
  if (depth > maxDepth) {
    throw new GatewayError('invalid_request', `params are nested deeper than ${maxDepth} levels`);
  }
  for (const [key, value] of Object.entries(params)) {
    const name = storable(prefix + key);
    if (isObject(value) && Object.keys(value).length > 0) yield* flatten(value, `${name}/`, depth + 1);
    else yield [name, text(value)];
  }
}

/** Lists as JSON, which is how the SDK reads them back; null as the empty text, which it reads as None. */
function text(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function isObject(value: unknown): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
