import { Ajv, type ErrorObject, type Options } from 'ajv';
import type { FastifySchemaCompiler } from 'fastify';
import { ConsoleApiError } from './errors.ts';

const options: Options = { strict: false, verbose: true };
const bodies = new Ajv(options);
// Everything in a query or a path is a text.
const texts = new Ajv({ ...options, coerceTypes: true });

/** Compiles the TypeBox schemas of the routes; what does not fit becomes an error that names the field. */
export const compileSchema: FastifySchemaCompiler<object> = ({ schema, httpPart }) => {
  const fits = (httpPart === 'body' ? bodies : texts).compile(schema);
  return (value) => (fits(value) ? { value } : { error: asFieldError(fits.errors?.[0]) });
};

function asFieldError(error: ErrorObject | undefined): ConsoleApiError {
  const path = error?.instancePath.slice(1).replaceAll('/', '.') ?? '';
  switch (error?.keyword) {
    case 'required': {
      const field = error.params.missingProperty as string;
      return new ConsoleApiError('invalid_field', `${field} is missing`, field);
    }
    case 'additionalProperties': {
      const field = error.params.additionalProperty as string;
      return new ConsoleApiError('invalid_field', `${field} is not a field of this request`, field);
    }
  }
  if (path === '') return new ConsoleApiError('invalid_request', 'the body must be a JSON object');
  const { description } = (error?.parentSchema ?? {}) as { description?: string };
  const words = description ? `must be ${description}` : (error?.message ?? 'does not fit');
  return new ConsoleApiError('invalid_field', `${path} ${words}`, path);
}
