/** A JSON Schema, as far as a form is made from it. */
export interface Schema {
  type?: unknown;
  title?: unknown;
  description?: unknown;
  default?: unknown;
  const?: unknown;
  enum?: unknown;
  properties?: unknown;
  required?: unknown;
  items?: unknown;
  minimum?: unknown;
  maximum?: unknown;
  format?: unknown;
  $ref?: unknown;
  [keyword: string]: unknown;
}

/** What a part of the input is typed into; `json` takes what no form can be made for. */
export type FieldKind = 'object' | 'list' | 'text' | 'integer' | 'number' | 'yesNo' | 'choice' | 'json';

/** One part of the input: how it is called and typed in. */
export interface FieldShape {
  kind: FieldKind;
  schema: Schema;
  description: string | undefined;
  /** Of a choice: its values, in order. */
  choices: readonly unknown[];
}

/** Keywords that say more than a form can hold. */
const beyondForms = [
  'oneOf',
  'anyOf',
  'allOf',
  'not',
  'if',
  'patternProperties',
  'prefixItems',
  '$dynamicRef',
];
const maxDepth = 8;

/** How a part of the input is typed in. `root` is the whole schema, which references lead into. */
export function shapeOf(schema: unknown, root: Schema, depth = 0): FieldShape {
  const found = resolved(schema, root);
  const choices = choicesOf(found);
  const kind = depth > maxDepth ? 'json' : choices.length > 0 ? 'choice' : kindOf(found);
  return {
    kind,
    schema: found,
    description: typeof found.description === 'string' ? found.description : undefined,
    choices,
  };
}

function kindOf(schema: Schema): FieldKind {
  if (beyondForms.some((keyword) => keyword in schema)) return 'json';
  switch (typeOf(schema)) {
    case 'object':
      return isObject(schema.properties) ? 'object' : 'json';
    case 'array':
      return isObject(schema.items) ? 'list' : 'json';
    case 'string':
      return 'text';
    case 'integer':
    case 'number':
      return typeOf(schema) as 'integer' | 'number';
    case 'boolean':
      return 'yesNo';
    default:
      return 'json';
  }
}

/** The only type that a value can have beside null. */
function typeOf({ type, properties }: Schema): unknown {
  if (Array.isArray(type)) {
    const types = type.filter((one) => one !== 'null');
    return types.length === 1 ? types[0] : undefined;
  }
  return type ?? (isObject(properties) ? 'object' : undefined);
}

function choicesOf(schema: Schema): readonly unknown[] {
  if ('const' in schema) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : [];
}

/** Follows references into the schema itself (`#/$defs/place`); what leads elsewhere or in circles becomes a schema of anything. */
function resolved(schema: unknown, root: Schema): Schema {
  let found: unknown = schema;
  for (let steps = 0; steps < maxDepth; steps += 1) {
    if (!isObject(found)) return {};
    if (typeof found.$ref !== 'string') return found;
    found = pointedAt(found.$ref, root);
  }
  return {};
}

function pointedAt(reference: string, root: Schema): unknown {
  if (!reference.startsWith('#')) return undefined;
  const parts = decodeURIComponent(reference.slice(1)).split('/').slice(1);
  return parts
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((inside, part) => (isObject(inside) ? inside[part] : undefined), root);
}

/** The parts of an object with their names, the required ones marked. */
export function propertiesOf({
  properties,
  required,
}: Schema): { name: string; schema: unknown; required: boolean }[] {
  if (!isObject(properties)) return [];
  const names: unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    schema,
    required: names.includes(name),
  }));
}

/** Properties of a value that its schema does not name: a form does not show them and must not lose them. */
export function unnamedIn(schema: Schema, value: unknown): string[] {
  const named = new Set(propertiesOf(schema).map(({ name }) => name));
  return isObject(value) ? Object.keys(value).filter((name) => !named.has(name)) : [];
}

/** What a form begins with where there is no example: defaults, and something of the right kind for what is required. */
export function firstValue(schema: unknown, root: Schema, depth = 0): unknown {
  const { kind, schema: found, choices } = shapeOf(schema, root, depth);
  if ('default' in found) return found.default;
  switch (kind) {
    case 'choice':
      return choices[0];
    case 'object':
      return Object.fromEntries(
        propertiesOf(found)
          .filter((part) => part.required || 'default' in resolved(part.schema, root))
          .map((part) => [part.name, firstValue(part.schema, root, depth + 1)]),
      );
    case 'list':
      return [];
    case 'text':
      return '';
    case 'integer':
    case 'number':
      return typeof found.minimum === 'number' ? found.minimum : 0;
    case 'yesNo':
      return false;
    default:
      return typeOf(found) === 'array' ? [] : typeOf(found) === 'object' ? {} : null;
  }
}

/** An object with one property changed; undefined takes it out. */
export function withProperty(value: unknown, name: string, next: unknown): Record<string, unknown> {
  const { [name]: _, ...rest } = isObject(value) ? value : {};
  if (next === undefined) return rest;
  // In its old place, so that the text of a request does not jump about.
  const before = isObject(value) ? Object.entries(value) : [];
  const known = before.map(([key, old]) => [key, key === name ? next : old] as const);
  return Object.fromEntries(before.some(([key]) => key === name) ? known : [...known, [name, next]]);
}

/** The number that is being typed; undefined when it is none yet. */
export function numberIn(typed: string | number): number | undefined {
  const number = typed === '' ? Number.NaN : Number(typed);
  return Number.isFinite(number) ? number : undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
