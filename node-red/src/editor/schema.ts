/** What a form needs to know of a JSON Schema; whatever else it says, the gateway checks. */
export interface Schema {
  type?: string | string[];
  title?: string;
  description?: string;
  enum?: unknown[];
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
}

/** One field of a form. */
export interface Field {
  name: string;
  title: string;
  description: string;
  isRequired: boolean;
  /** The type of the editor's typed input for a value that is given as it is. */
  type: 'str' | 'num' | 'bool' | 'json';
  /** The only values that there are, as texts. */
  choices: string[] | undefined;
  /** What is used when the field stays empty, as a text. */
  standard: string;
}

type Type = Field['type'];
const types: Record<string, Type> = { string: 'str', number: 'num', integer: 'num', boolean: 'bool' };

/** The fields for an input; none when it is no object with known properties. */
export function fieldsOf(schema: unknown, example: unknown): Field[] {
  const { properties = {}, required = [] } = isObject(schema) ? (schema as Schema) : {};
  const known = Object.entries(properties).map(([name, property]) =>
    field(name, isObject(property) ? property : {}, required.includes(name)),
  );
  if (known.length > 0 || !isObject(example)) return known;
  // Without a schema, an example tells the names and types.
  return Object.entries(example).map(([name, value]) => field(name, { type: jsonType(value) }, false));
}

function field(name: string, schema: Schema, isRequired: boolean): Field {
  const { title = name, description = '', enum: choices } = schema;
  const jsonTypes = [schema.type ?? (choices ? jsonType(choices[0]) : '')]
    .flat()
    .filter((type) => type !== 'null');
  return {
    name,
    title,
    description,
    isRequired,
    type: (jsonTypes.length === 1 && types[jsonTypes[0] ?? '']) || 'json',
    choices: choices?.map(textOf),
    standard: schema.default === undefined ? '' : textOf(schema.default),
  };
}

/** A value as the text that a typed input shows. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function jsonType(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
