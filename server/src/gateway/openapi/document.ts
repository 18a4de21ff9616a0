import {
  callDocument,
  type GatewayErrorCode,
  gatewayError,
  gatewayErrorMeanings,
  gatewayErrors,
  taskCallAnswer,
} from '@arno/protocol';
import type { TSchema } from 'typebox';
import { arnoVersion } from '../../platform/version.ts';
import {
  answerHeaders,
  type Content,
  type HeaderName,
  limits,
  type Operation,
  operations,
} from './operations.ts';

type Json = Record<string, unknown>;

/** Schemas that several operations name. */
const named = new Map<TSchema, string>([
  [gatewayError, 'Error'],
  [callDocument, 'Call'],
  [taskCallAnswer, 'QueuedCall'],
]);

const errorTable = Object.entries(gatewayErrors).map(
  ([code, status]) => `| \`${code}\` | ${status} | ${gatewayErrorMeanings[code as GatewayErrorCode]} |`,
);

const description = `Queue tasks and call models of this installation.

Every error is JSON of the schema \`Error\`:

| code | HTTP | meaning |
| --- | --- | --- |
${errorTable.join('\n')}`;

/** The OpenAPI 3.1 document of the gateway, made from its contracts and its error table. */
export function openApiDocument(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Arno inference gateway',
      version: arnoVersion,
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    tags: ['Tasks', 'Models', 'Calls', 'Legacy', 'Documentation'].map((name) => ({ name })),
    paths: pathsOf(operations),
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description:
            'An OIDC access token, a personal token, or a consumer key. One that is revoked is refused within 5 seconds.',
        },
      },
      schemas: Object.fromEntries([...named].map(([schema, name]) => [name, schema])),
      headers: Object.fromEntries(
        Object.entries(answerHeaders).map(([name, words]) => [
          name,
          { description: words, schema: { type: 'string' } },
        ]),
      ),
    },
  };
}

function pathsOf(all: readonly Operation[]): Json {
  const paths: Record<string, Json> = {};
  for (const operation of all) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: operationObject(operation) };
  }
  return paths;
}

/** One operation. */
export function operationObject(operation: Operation): Json {
  const { id, tag, summary, description, isOpen, body, hasCallback } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    // A token is optional, or in the body.
    ...(isOpen && { security: [{ bearer: [] }, {}] }),
    parameters: [...pathParameters(operation), ...headerParameters(operation)],
    ...(body && { requestBody: { content: contentObject(body) } }),
    responses: { ...answerObjects(operation), ...errorObjects(operation.errors) },
    ...(hasCallback && { callbacks: { ended: { '{$request.body#/callback_url}': { post: callback } } } }),
  };
}

function pathParameters({ path }: Operation) {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  return names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
}

function headerParameters({ headers = {} }: Operation) {
  return Object.entries(headers).map(([name, words]) => headerParameter(name, words));
}

function headerParameter(name: string, description: string) {
  return { name, in: 'header', description, schema: { type: 'string' } };
}

function answerObjects({ answers }: Operation): Json {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, content, headers = [] }]) => [
      status,
      { description, ...headerObjects(headers), ...(content && { content: contentObject(content) }) },
    ]),
  );
}

/** One response for each status, with an example for each code. */
function errorObjects(codes: readonly GatewayErrorCode[]): Json {
  const byStatus = new Map<number, GatewayErrorCode[]>();
  for (const code of codes)
    byStatus.set(gatewayErrors[code], [...(byStatus.get(gatewayErrors[code]) ?? []), code]);
  return Object.fromEntries([...byStatus].map(([status, same]) => [status, errorObject(status, same)]));
}

function errorObject(status: number, codes: readonly GatewayErrorCode[]): Json {
  const headers: HeaderName[] = ['Arno-Call-Id'];
  if (status === 401) headers.push('WWW-Authenticate');
  if (status === 429 || status === 503) headers.push('Retry-After');
  if (codes.includes('rate_limited') || codes.includes('quota_exceeded')) headers.push(...limits);
  const examples = codes.map((code) => {
    const value = { status: 'error', error: { code, message: gatewayErrorMeanings[code] } };
    return [code, { summary: gatewayErrorMeanings[code], value }] as const;
  });
  return {
    description: codes.map((code) => `\`${code}\`: ${gatewayErrorMeanings[code]}`).join('\n\n'),
    ...headerObjects(headers),
    content: {
      'application/json': { schema: reference(gatewayError), examples: Object.fromEntries(examples) },
    },
  };
}

function headerObjects(names: readonly HeaderName[]): Json {
  if (names.length === 0) return {};
  return {
    headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
  };
}

function contentObject({ schema, type = 'application/json' }: Content): Json {
  return { [type]: { schema: schema === 'any' ? {} : reference(schema) } };
}

function reference(schema: TSchema): Json {
  const name = named.get(schema);
  return name === undefined ? (schema as Json) : { $ref: `#/components/schemas/${name}` };
}

const callback = {
  summary: 'The end of the call',
  description:
    'Sent at least once when the call has ended, again with growing pauses for a day until it is answered with 2xx. Redirects are not followed.',
  security: [],
  parameters: [
    headerParameter('Arno-Call-Id', 'The call, by which a repeated message is recognised'),
    headerParameter(
      'Arno-Signature',
      '`t=<unix seconds>,v1=<hex>`: v1 is the HMAC-SHA256 of `<t>.<body>` with the secret that an administrator reads in the mapping',
    ),
  ],
  requestBody: { content: contentObject({ schema: callDocument }) },
  responses: { '2XX': { description: 'The receiver took it' } },
};
