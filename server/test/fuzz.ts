import { createRequire } from 'node:module';
import fc from 'fast-check';
import { sql } from 'kysely';
import { type Contracts, versionText } from '../src/clearml/contracts.ts';
import type { Database } from '../src/platform/database.ts';

/** The part of JSON Schema that the protocol uses. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  properties?: Record<string, Schema>;
  items?: Schema;
  required?: string[];
}

interface Service {
  definitions?: Record<string, Schema>;
  endpoints: Record<string, { versions: Record<string, { request?: Schema }> }>;
}

const api = createRequire(import.meta.url)('@arno/protocol/clearml-api.json') as Record<string, Service>;

type Body = Record<string, unknown>;

/** Values of every type of JSON; whatever a field wants, most of them are wrong. */
const values: unknown[] = ['text', '', 7.5, -1, true, { a: 1 }, [{ a: 1 }], [[1]], [7.5]];

/** Requests of one version of an endpoint that its schema refuses: each field with wrong values, and without its required fields. */
export function brokenRequests(contracts: Contracts, name: string, version: string): Body[] {
  const contract = contracts.find(name, parse(version));
  const { schema, service } = requestSchema(name, version);
  const bodies = Object.entries(schema.properties ?? {}).flatMap(([field, property]) =>
    [...values, ...nestedValues(resolve(property, service), service)].map((value) => ({ [field]: value })),
  );
  return [{}, ...bodies].filter((body) => contract?.fault(contract.normalized(body)));
}

/** For a list of objects, and for an object: each of its fields with wrong values. */
function nestedValues(schema: Schema, service: Service): unknown[] {
  const inner = schema.items ? resolve(schema.items, service) : schema;
  const objects = Object.keys(inner.properties ?? {}).flatMap((field) =>
    values.map((value) => ({ [field]: value })),
  );
  return schema.items ? objects.map((object) => [object]) : objects;
}

/** Texts that other programs stumble over. */
const hostileTexts = [
  '\0',
  'a\0b',
  '\ud800',
  '\u{1f4a9}',
  '__proto__',
  "'; DROP TABLE tasks; --",
  '%s%n',
  '(((',
  '[a-',
  '(a*)*$',
  '\\',
  '../../etc/passwd',
  '2024-99-99T99:99:99',
  '>',
  '-',
  '__$not',
  'x'.repeat(20_000),
];
const hostileNumbers = [0, -1, 1e308, -1e308, 2 ** 31, 2 ** 53, -(2 ** 63), 2 ** 64, 0.1, 1e-320];
const hostileKeys = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '',
  'a.b',
  '$where',
  'x'.repeat(300),
];

/**
 * Requests that fit the schema of the newest version of an endpoint, or nearly, with hostile values.
 *
 * @param ids ids of objects that exist, so that some requests get past the look-up
 */
export function hostileRequests(name: string, version: string, ids: readonly string[]): fc.Arbitrary<Body> {
  const { schema, service } = requestSchema(name, version);
  const properties = Object.entries(schema.properties ?? {});
  const fields = Object.fromEntries(
    properties.map(([field, property]) => [field, fieldValue(property, service, ids, 3)]),
  );
  const required = (schema.required ?? []).filter((field) => field in fields);
  const known = fc.record(fields, { requiredKeys: required });
  const unknown = fc.dictionary(fc.constantFrom(...hostileKeys), fc.jsonValue(), { maxKeys: 2 });
  return fc.tuple(known, unknown).map(([body, extra]) => ({ ...body, ...extra }));
}

function fieldValue(
  property: Schema,
  service: Service,
  ids: readonly string[],
  depth: number,
): fc.Arbitrary<unknown> {
  const schema = resolve(property, service);
  const text = fc.oneof(
    fc.constantFrom(...ids),
    fc.constantFrom(...hostileTexts),
    fc.string({ unit: 'binary' }),
  );
  const inner = (child: Schema) => (depth > 0 ? fieldValue(child, service, ids, depth - 1) : fc.jsonValue());
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch ([schema.type].flat()[0]) {
    case 'string':
      return text;
    case 'integer':
      return fc.oneof(fc.constantFrom(...hostileNumbers.filter(Number.isInteger)), fc.nat(100));
    case 'number':
      return fc.oneof(fc.constantFrom(...hostileNumbers), fc.double({ noNaN: true }));
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(schema.items ? inner(schema.items) : fc.jsonValue(), { maxLength: 4 });
    case 'object':
      return schema.properties
        ? fc.record(mapValues(schema.properties, inner), { requiredKeys: schema.required ?? [] })
        : fc.dictionary(
            fc.oneof(fc.constantFrom(...hostileKeys), text as fc.Arbitrary<string>),
            fc.jsonValue(),
            {
              maxKeys: 3,
            },
          );
    default:
      return fc.jsonValue();
  }
}

/** A hash for each table that tells whether any row of it changed. */
export async function databaseState({ db }: Pick<Database, 'db'>): Promise<Record<string, string>> {
  const tables = await sql<{ name: string }>`
    SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    ORDER BY relname`.execute(db);
  // When somebody was seen is noted once a minute, whatever they asked for.
  const hashes = tables.rows.map(
    ({ name }) =>
      sql`SELECT ${name}::text AS name, count(*) || ' ' || coalesce(md5(string_agg(row, '|' ORDER BY row)), '') AS hash
          FROM (SELECT (to_jsonb(t) - '{last_seen,last_used,last_used_from}'::text[])::text AS row FROM ${sql.ref(name)} t) AS rows`,
  );
  const state = await sql<{ name: string; hash: string }>`${sql.join(hashes, sql` UNION ALL `)}`.execute(db);
  return Object.fromEntries(state.rows.map(({ name, hash }) => [name, hash]));
}

export const versionsOf = (contracts: Contracts, name: string) => contracts.versions(name).map(versionText);

function requestSchema(name: string, version: string): { schema: Schema; service: Service } {
  const [serviceName = '', action = ''] = name.split('.');
  const service = api[serviceName];
  if (!service) throw new Error(`no service ${serviceName}`);
  return { schema: service.endpoints[action]?.versions[version]?.request ?? {}, service };
}

function resolve(schema: Schema, service: Service): Schema {
  const name = schema.$ref?.split('/').at(-1);
  return name ? (service.definitions?.[name] ?? {}) : schema;
}

function parse(version: string) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return { major, minor };
}

function mapValues<Value, Result>(object: Record<string, Value>, change: (value: Value) => Result) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
