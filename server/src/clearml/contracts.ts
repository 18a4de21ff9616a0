import { createRequire } from 'node:module';
import { extensionSchemas } from '@arno/protocol/clearml';
import { Ajv, type ValidateFunction } from 'ajv';

/** Major and minor number of a protocol version. */
export interface Version {
  major: number;
  minor: number;
}

interface VersionSchema {
  request?: object;
  response?: object;
  allow_roles?: string[];
}

interface EndpointSchema {
  versions: Record<string, VersionSchema>;
  authorize?: boolean | null;
  allow_roles?: string[];
}

interface ServiceSchema {
  definitions?: Record<string, object>;
  default?: { allow_roles?: string[] };
  endpoints: Record<string, EndpointSchema>;
}

/** One version of one endpoint: the shape of its request and who may call it. */
export interface Contract {
  name: string;
  version: Version;
  /** ClearML roles that may call it; undefined lets every role in. */
  roles: readonly string[] | undefined;
  /** A request as clients mean it: null is absent, and one value where a list belongs is a list of one. */
  normalized(request: Record<string, unknown>): Record<string, unknown>;
  /** Schema faults of a request in words, undefined when it fits. */
  fault(request: unknown): string | undefined;
  /** The same for an answer; used by tests. */
  answerFault(answer: unknown): string | undefined;
}

/** What this server speaks, and what an unversioned call gets. */
export const newestVersion: Version = { major: 2, minor: 31 };

export function parseVersion(text: string): Version {
  const [major = '0', minor = '0'] = text.split('.');
  return { major: Number(major), minor: Number(minor) };
}

export function versionText(version: Version): string {
  return `${version.major}.${version.minor}`;
}

/** Whether `version` is `major.minor` or newer. */
export function atLeast(version: Version, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}

/** All contracts of the protocol, by endpoint, each list newest first. */
export class Contracts {
  readonly #byEndpoint = new Map<string, Contract[]>();

  constructor(api: Record<string, ServiceSchema> = loadApi()) {
    for (const [service, schema] of Object.entries(api)) {
      for (const [action, endpoint] of Object.entries(schema.endpoints)) {
        const name = `${service}.${action}`;
        const contracts = Object.entries(endpoint.versions).map(([version, shapes]) =>
          contract(name, parseVersion(version), schema, endpoint, shapes),
        );
        contracts.sort((a, b) => b.version.major - a.version.major || b.version.minor - a.version.minor);
        this.#byEndpoint.set(name, contracts);
      }
    }
  }

  /** The newest contract of the endpoint that the requested version allows. */
  find(name: string, requested: Version): Contract | undefined {
    return this.#byEndpoint
      .get(name)
      ?.find(({ version }) => atLeast(requested, version.major, version.minor));
  }

  /** The versions of an endpoint, newest first. */
  versions(name: string): Version[] {
    return this.#byEndpoint.get(name)?.map(({ version }) => version) ?? [];
  }

  names(): string[] {
    return [...this.#byEndpoint.keys()];
  }
}

function contract(
  name: string,
  version: Version,
  service: ServiceSchema,
  endpoint: EndpointSchema,
  shapes: VersionSchema,
): Contract {
  const roles = shapes.allow_roles ?? endpoint.allow_roles ?? service.default?.allow_roles;
  // Compiled when first needed: there are 700 schemas and a process meets a few dozen.
  const definitions = () => service.definitions ?? {};
  // This one joins like the others without their ending.
  const expands = name.endsWith('_ex') || name === 'reports.get_task_data';
  const request = lazyValidator(satisfiable(shapes.request), definitions);
  const response = lazyValidator(shapes.response, () => answerable(definitions(), expands));
  return {
    name,
    version,
    roles: roles?.includes('*') ? undefined : (roles ?? ['user', 'admin']),
    normalized: (value) => normalize(value, shapes.request as ObjectSchema | undefined),
    fault: (value) => request(value),
    answerFault: (value) => response(value),
  };
}

interface ObjectSchema {
  properties?: Record<string, { type?: string }>;
  additionalProperties?: boolean;
  required?: string[];
}

function normalize(request: Record<string, unknown>, schema?: ObjectSchema): Record<string, unknown> {
  const entries = Object.entries(request).flatMap(([key, value]) => {
    if (value === null) return [];
    // Clients add keys of their own, such as the SDK's "method", also where the schema allows none.
    const isKnown = schema?.properties && Object.hasOwn(schema.properties, key);
    if (schema?.additionalProperties === false && !isKnown) return [];
    const wrap = schema?.properties?.[key]?.type === 'array' && typeof value !== 'object';
    return [[key, wrap ? [value] : value]];
  });
  return Object.fromEntries(entries);
}

/** One schema requires a key that no version of its request has (auth.revoke_credentials: key_id), and no client sends. */
function satisfiable(schema: ObjectSchema | undefined): object | undefined {
  if (!schema?.required) return schema;
  const required = schema.required.filter((key) => Object.hasOwn(schema.properties ?? {}, key));
  return { ...schema, required };
}

function lazyValidator(schema: object | undefined, definitions: () => object) {
  let validate: ValidateFunction | undefined;
  return (value: unknown): string | undefined => {
    if (!schema) return undefined;
    validate ??= ajv.compile({ ...schema, definitions: definitions() });
    if (validate(value)) return undefined;
    const [error] = validate.errors ?? [];
    const field = error?.instancePath.slice(1).replaceAll('/', '.') || 'request';
    return `${field} ${error?.message ?? 'does not fit'}`;
  };
}

// The wire's schemas carry keywords and formats ajv need not know; clients send dates in several forms, so formats are the
// handlers' business.
const ajv = new Ajv({ strict: false, validateFormats: false, validateSchema: false, logger: false });

/** Fields that hold the id of another object. */
const references = new Set(['user', 'company', 'project', 'parent', 'task', 'model', 'queue']);

/**
 * What the protocol's schemas do not say of answers: the `_ex` endpoints answer a reference as an object with the id in it,
 * and metadata was a list before 2.17.
 */
function answerable(definitions: object, expands: boolean): object {
  return JSON.parse(JSON.stringify(definitions), (key, value) => {
    if (expands && references.has(key) && value.type === 'string') return { type: ['string', 'object'] };
    if (key === 'metadata' && value.type === 'object') return { ...value, type: ['array', 'object'] };
    return value;
  });
}

function loadApi(): Record<string, ServiceSchema> {
  const api = createRequire(import.meta.url)('@arno/protocol/clearml-api.json') as Record<
    string,
    ServiceSchema
  >;
  for (const [name, endpoints] of Object.entries<Record<string, EndpointSchema>>(extensionSchemas)) {
    Object.assign(api[name]?.endpoints ?? {}, endpoints);
  }
  return api;
}
