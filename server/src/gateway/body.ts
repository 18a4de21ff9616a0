import { Ajv } from 'ajv';
import type { Static, TObject } from 'typebox';
import { storable } from '../platform/database.ts';
import { isObject, type Params } from './enqueue/params.ts';
import { GatewayError } from './errors.ts';

const ajv = new Ajv({ strict: false });

/** The JSON in a body, whatever its content type says; throws GatewayError invalid_request. */
export function readJson(body: Buffer): unknown {
  return parse(body.toString('utf8'), 'the body');
}

/** The JSON object in a body, whatever its content type says; throws GatewayError invalid_request. */
export function readObject(body: Buffer): Params {
  const value = readJson(body);
  if (!isObject(value)) throw new GatewayError('invalid_request', 'the body must be a JSON object');
  return value;
}

/** A check of a body's fields that throws GatewayError missing_field or invalid_request, naming the field. */
export function fieldCheck<Schema extends TObject>(schema: Schema): (body: Params) => Static<Schema> {
  const fits = ajv.compile(schema);
  return (body) => {
    if (fits(body)) return body as Static<Schema>;
    const [error] = fits.errors ?? [];
    if (error?.keyword === 'required') {
      throw new GatewayError('missing_field', `${error.params.missingProperty} is missing`);
    }
    if (error?.keyword === 'additionalProperties') {
      const unknown = Object.keys(body).filter((name) => !Object.hasOwn(schema.properties, name));
      const known = Object.keys(schema.properties).join(', ');
      throw new GatewayError(
        'invalid_request',
        `unknown in the body: ${unknown.join(', ')}; known are ${known}`,
      );
    }
    const field = error?.instancePath.slice(1).replaceAll('/', '.') || 'body';
    if (error?.keyword === 'minLength') throw new GatewayError('missing_field', `${field} is empty`);
    throw new GatewayError('invalid_request', `${field} ${error?.message ?? 'does not fit'}`);
  };
}

/** The parameters of a legacy body: an object, or the JSON text of one; empty when there are none. */
export function legacyParams(body: { params?: unknown; input?: unknown }): Params {
  const field = body.params === undefined ? 'input' : 'params';
  const given = body[field] ?? {};
  const params = given === '' ? {} : typeof given === 'string' ? parse(given, field) : given;
  if (isObject(params)) return params;
  throw new GatewayError('invalid_request', `${field} must be a JSON object, or the text of one`);
}

function parse(text: string, what: string): unknown {
  try {
    // What PostgreSQL cannot store, and nobody means, is left out here once.
    return JSON.parse(text, (_key, value) => (typeof value === 'string' ? storable(value) : value));
  } catch {
    throw new GatewayError('invalid_request', `${what} is not valid JSON`);
  }
}
