import type { FastifyInstance } from 'fastify';
import { passedHeaders } from './ondemand/exchange.ts';
import { answerHeaders, operations } from './openapi/operations.ts';

/** What a page may send: the token, what models are told of their bodies, and what operations name. */
const requestHeaders = new Set([
  ...['Authorization', 'Content-Type', 'Content-Encoding', 'Inference-Header-Content-Length'],
  ...operations.flatMap(({ headers = {} }) => Object.keys(headers)),
]);
/** What a page may read: what is ours, and what is passed on of a model's answer. */
const exposed = [...Object.keys(answerHeaders), ...passedHeaders].join(', ');

const preflight = {
  'access-control-allow-methods': 'GET, POST, DELETE',
  'access-control-allow-headers': [...requestHeaders].join(', '),
  // As for the ClearML API: browsers ask again after ten minutes.
  'access-control-max-age': '600',
};

/**
 * Lets pages of these origins call from a browser, with a token and without cookies. For the ClearML API, which takes cookies,
 * @fastify/cors does this. Here it would answer preflights for all paths of the port, and what it sets would be missing where an
 * answer is written past Fastify. What is set on the raw answer is in each head.
 */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  // Without any, no call pays for this.
  if (origins.length === 0) return;
  app.addHook('onRequest', ({ method, headers }, reply, done) => {
    const { raw } = reply;
    raw.setHeader('vary', 'Origin');
    const { origin } = headers;
    if (origin === undefined || !origins.includes(origin)) return done();
    raw.setHeader('access-control-allow-origin', origin);
    raw.setHeader('access-control-expose-headers', exposed);
    const isPreflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
    if (!isPreflight) return done();
    void reply.code(204).headers(preflight).send();
  });
}
