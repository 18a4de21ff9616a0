import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Registry } from './endpoints/registry.ts';
import type { FetchLimits } from './input/fetch.ts';
import { type ImageRequest, imageRequest, readImage } from './input/request.ts';

const query = Type.Object(
  {
    /** `1` adds what else the model says: `probabilities`, one a class. */
    detail: Type.Optional(Type.Enum(['0', '1'])),
  },
  { additionalProperties: false },
);

interface ServeRoute {
  Params: { '*': string };
  Querystring: Static<typeof query>;
  Body: ImageRequest;
}

/**
 *   GET  /health        200 while the process serves at all; each endpoint's state tells the rest
 *   GET  /serve         the endpoints with what they take and answer
 *   POST /serve/{name}  one prediction; the name may contain `/`
 */
export function addRoutes(app: FastifyInstance, registry: Registry, limits: FetchLimits): void {
  app.get('/health', async () => ({
    status: 'ok',
    endpoints: registry.status().map(({ name, state, error }) => ({ name, state, error })),
    config_error: registry.configError,
  }));

  app.get('/serve', async () => ({ endpoints: registry.status() }));

  app.post<ServeRoute>('/serve/*', { schema: { querystring: query, body: imageRequest } }, async (request) =>
    registry.use(request.params['*'], async ({ description, engine }) => {
      const values = await readImage(request.body, description.input, limits);
      const { label, probabilities } = await engine.predict(values);
      const answer = { [description.output.name]: label };
      return request.query.detail === '1' ? { ...answer, probabilities } : answer;
    }),
  );
}
