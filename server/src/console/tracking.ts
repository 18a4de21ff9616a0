import type { FastifyInstance } from 'fastify';
import { ClearmlError } from '../clearml/errors.ts';
import type { ConsoleOptions } from './context.ts';
import { ConsoleApiError, notFound } from './errors.ts';
import { queueEntryRoutes } from './queue-entries.ts';
import { queueRoutes } from './queues.ts';
import { workerRoutes } from './workers.ts';

/**
 * Queues and workers, as a Fastify plugin: it refuses where those live on another ClearML server, and says in the console's words what
 * the rules of the ClearML API refuse.
 */
export function trackingRoutes(options: ConsoleOptions) {
  return async function plugin(app: FastifyInstance): Promise<void> {
    const answerError = app.errorHandler;
    app.setErrorHandler((error, request, reply) =>
      answerError(error instanceof ClearmlError ? inOurWords(error) : error, request, reply),
    );
    app.addHook('preHandler', async () => {
      if (!options.server.tracking.here)
        throw new ConsoleApiError('not_found', 'tasks, queues and workers live on another ClearML server');
    });
    queueRoutes(app, options);
    queueEntryRoutes(app, options);
    workerRoutes(app, options);
  };
}

function inOurWords(error: ClearmlError): Error {
  const { code, message } = error;
  switch (code) {
    case 'invalid_queue_id':
      return notFound('queue');
    case 'expected_unique_data':
      return new ConsoleApiError('conflict', 'there is a queue with this name', 'name');
    case 'validation_error':
      // Only names are checked by those rules.
      return new ConsoleApiError('invalid_field', message, 'name');
    case 'no_write_permission':
      return new ConsoleApiError('forbidden', message);
    case 'queue_not_empty':
      return new ConsoleApiError('conflict', message, 'force');
    default:
      return error;
  }
}
