import { LRUCache } from 'lru-cache';
import { MappingError } from './errors.ts';
import { compileSchema, type InputCheck, wordsOfFaults } from './schema-compiler.ts';

const maxSchemaCharacters = 64 * 1024;
const maxExampleCharacters = 256 * 1024;

/**
 * Checks the schema and the example of a mapping before they are stored.
 *
 * @throws MappingError naming `input_schema` or `example`
 */
export function checkInputSchema(schema: unknown, example: unknown): void {
  const refuse = (field: string, why: string) => new MappingError('invalid', field, `${field} ${why}`);
  if (JSON.stringify(example ?? null).length > maxExampleCharacters) {
    throw refuse('example', `is longer than ${maxExampleCharacters} characters`);
  }
  if (schema === null || schema === undefined) return;
  if (JSON.stringify(schema).length > maxSchemaCharacters) {
    throw refuse('input_schema', `is longer than ${maxSchemaCharacters} characters`);
  }
  const check = compile(schema as object, (why) => refuse('input_schema', `is not a JSON Schema: ${why}`));
  if (example === null || example === undefined) return;
  const faults = check(example);
  if (faults) throw refuse('example', `does not fit input_schema: ${wordsOfFaults(faults)}`);
}

function compile(schema: object, refusal: (why: string) => Error): InputCheck {
  try {
    return compileSchema(schema);
  } catch (error) {
    throw refusal((error as Error).message);
  }
}

/** A mapping as far as its schema is concerned. */
interface WithSchema {
  id: string;
  updated: Date;
  input_schema: unknown;
}

const kept = new LRUCache<string, { updated: number; check: InputCheck }>({ max: 500 });

/** The check that the input of a mapping's calls must pass; undefined when it has no schema. Compiled once for each version. */
export function inputCheck({ id, updated, input_schema: schema }: WithSchema): InputCheck | undefined {
  if (schema === null || schema === undefined) return undefined;
  const known = kept.get(id);
  if (known?.updated === updated.getTime()) return known.check;
  const check = compile(schema as object, (why) => new Error(`mapping ${id}: input_schema: ${why}`));
  kept.set(id, { updated: updated.getTime(), check });
  return check;
}
