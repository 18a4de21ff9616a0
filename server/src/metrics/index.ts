import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Registry } from 'prom-client';
import { ClearmlError } from '../clearml/errors.ts';
import type { Auth } from '../features/auth/index.ts';
import type { Logger } from '../platform/log.ts';
import type { BacklogMetrics } from './backlog-metrics.ts';

export { BacklogMetrics } from './backlog-metrics.ts';
export { createRegistry } from './registry.ts';

export interface MetricsOptions {
  registry: Registry;
  backlog: BacklogMetrics;
  log: Logger;
  auth: Pick<Auth, 'callerOfToken'>;
  /** The only token that may read; undefined lets administrators read with theirs. */
  token: string | undefined;
}

/** `GET /metrics` in Prometheus' text format, as a Fastify plugin. */
export function metricsEndpoint({ registry, backlog, log, ...rights }: MetricsOptions) {
  return async function plugin(app: FastifyInstance): Promise<void> {
    app.setErrorHandler((error, _request, reply) => {
      log.error({ err: error }, 'unexpected error while metrics were asked for');
      const message = "something went wrong here; the server's log has more";
      return reply.code(500).send({ error: { code: 'internal_error', message } });
    });
    app.get('/metrics', async (request, reply) => {
      const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
      const standing = await standingOf(rights, token);
      if (standing !== 'reader') return refuse(reply, standing);
      await backlog.refresh();
      const text = await registry.metrics();
      return reply.header('cache-control', 'no-store').type(registry.contentType).send(text);
    });
  };
}

type Standing = 'reader' | 'stranger' | 'forbidden';

async function standingOf(
  { auth, token: wanted }: Pick<MetricsOptions, 'auth' | 'token'>,
  given: string | undefined,
): Promise<Standing> {
  if (given === undefined) return 'stranger';
  if (wanted !== undefined) return isSame(given, wanted) ? 'reader' : 'stranger';
  try {
    const { role } = await auth.callerOfToken(given);
    return role === 'admin' ? 'reader' : 'forbidden';
  } catch (error) {
    if (error instanceof ClearmlError) return 'stranger';
    throw error;
  }
}

/** Takes the same time whatever is given; the digests have one length. */
function isSame(given: string, wanted: string): boolean {
  const [one, other] = [given, wanted].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(one as Buffer, other as Buffer);
}

function refuse(reply: FastifyReply, standing: 'stranger' | 'forbidden'): FastifyReply {
  if (standing === 'forbidden') {
    const message = 'metrics are for administrators, or for who has ARNO_METRICS_TOKEN';
    return reply.code(403).send({ error: { code: 'forbidden', message } });
  }
  const message =
    'send Authorization: Bearer with ARNO_METRICS_TOKEN or, where that is not set, the personal token of an administrator';
  return reply
    .code(401)
    .header('www-authenticate', 'Bearer')
    .send({ error: { code: 'unauthorized', message } });
}
