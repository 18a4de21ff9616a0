import type { InputFault } from '@arno/protocol';
import { Ajv, type ErrorObject, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { RegExpEngine } from 'ajv/dist/types/index.js';
import { RE2JS } from 're2js';

/** What is wrong with a value, at most ten things; undefined when it fits. */
export type InputCheck = (value: unknown) => InputFault[] | undefined;

const maxFaults = 10;
/** Larger values are told the first fault only: looking for all of them is work that a hostile caller could make endless. */
const maxNodes = 1000;

/** Patterns are matched in linear time, whatever they and the texts are. Look-ahead and back references cannot be. */
const linearTime: RegExpEngine = Object.assign(
  (pattern: string, flags: string) => {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    // ajv tells patterns apart by this text.
    return { test: (text: string) => compiled.matcher(text).find(), toString: () => `/${pattern}/${flags}` };
  },
  { code: 'linearTime' },
);

// `format` is an annotation, as the standard has it.
const options: Options = {
  strict: false,
  validateFormats: false,
  logger: false,
  code: { regExp: linearTime },
};

const drafts = new Map<unknown, typeof Ajv | typeof Ajv2020>([
  [undefined, Ajv2020],
  ['https://json-schema.org/draft/2020-12/schema', Ajv2020],
  ['http://json-schema.org/draft-07/schema', Ajv],
]);

/**
 * A check from a JSON Schema, of the draft that it names or else of 2020-12. References lead into the schema itself only: nothing
 * is fetched.
 *
 * @throws Error that says why it is no such schema
 */
export function compileSchema(schema: object): InputCheck {
  const { $schema } = schema as { $schema?: unknown };
  const Draft = drafts.get(typeof $schema === 'string' ? $schema.replace(/#$/, '') : $schema);
  if (!Draft) throw new Error('$schema must be that of draft 2020-12 or of draft-07, or be left out');
  // Each schema has a validator of its own, so that equal `$id`s do not meet.
  const compile = (allErrors: boolean) =>
    withLinearTime(new Draft({ ...options, allErrors })).compile(schema);
  const fits = compile(false);
  let findAll: ReturnType<Ajv['compile']> | undefined;
  return (value) => {
    try {
      if (fits(value)) return undefined;
      if (!isSmall(value)) return faultsOf(fits.errors);
      findAll ??= compile(true);
      findAll(value);
      return faultsOf(findAll.errors);
    } catch (error) {
      if (error instanceof RangeError) return [{ path: '', message: 'is nested too deep' }];
      throw error;
    }
  };
}

/** ajv compares each item with each other. */
function withLinearTime<Validator extends Ajv>(ajv: Validator): Validator {
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (wanted: boolean, items: unknown[]) =>
      !wanted || new Set(items.map(canonical)).size === items.length,
    error: { message: 'must NOT have duplicate items' },
  });
  return ajv;
}

/** The same text for values that are equal, in whatever order their keys stand. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

function isSmall(value: unknown): boolean {
  let nodes = 0;
  const waiting = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next === 'object' && next !== null) {
      const inner = Object.values(next);
      nodes += inner.length;
      if (nodes > maxNodes) return false;
      waiting.push(...inner);
    }
  }
  return true;
}

function faultsOf(errors: ErrorObject[] | null | undefined): InputFault[] {
  const faults = (errors ?? []).map((error) => ({ path: error.instancePath, message: wordsOf(error) }));
  const distinct = new Map(faults.map((fault) => [`${fault.path} ${fault.message}`, fault]));
  return [...distinct.values()].slice(0, maxFaults);
}

function wordsOf({ message = 'does not fit', params = {} }: ErrorObject): string {
  const { additionalProperty, allowedValues } = params as Record<string, unknown>;
  if (typeof additionalProperty === 'string') return `must not have the property ${additionalProperty}`;
  if (Array.isArray(allowedValues)) return `${message}: ${JSON.stringify(allowedValues)}`;
  return message;
}

/** Faults as a sentence. */
export function wordsOfFaults(faults: readonly InputFault[]): string {
  return faults.map(({ path, message }) => `${path === '' ? 'it' : path} ${message}`).join('; ');
}
