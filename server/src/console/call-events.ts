import { type CallFilterQuery, callFilterQuery } from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import { EventStream } from '../platform/event-stream.ts';
import { callView, readCallFilter } from './call-view.ts';
import { type ConsoleOptions, callerOf, scopeOf } from './context.ts';
import { ConsoleApiError } from './errors.ts';

/** Open streams of one server: in all, and of one person. */
const maxStreams = { all: 500, person: 20 };
/** Then the browser connects again, with the rights it has by then. */
const lifeMs = 5 * 60_000;
/** A client that leaves more than this unread is told of a gap once it reads again. */
const maxUnreadBytes = 256 * 1024;

/** The log of calls as it grows, as server-sent events. An end user sees the own calls. */
export function callEventRoutes(app: FastifyInstance, { db, callFeed, log }: ConsoleOptions): void {
  const streams = new Map<EventStream, string>();
  // A stream would keep a server that stops waiting for its end.
  app.addHook('preClose', async () => {
    for (const stream of streams.keys()) stream.end();
  });

  app.get<{ Querystring: CallFilterQuery }>(
    '/calls/events',
    // No HEAD: nobody would read its stream, or end it.
    { schema: { querystring: callFilterQuery }, exposeHeadRoute: false },
    async (request, reply) => {
      const caller = callerOf(request);
      const filter = readCallFilter(request.query, caller);
      const own = [...streams.values()].filter((userId) => userId === caller.userId).length;
      if (own >= maxStreams.person || streams.size >= maxStreams.all)
        throw new ConsoleApiError('too_many_attempts', 'too many lists are being followed; close some');

      const reload = () => void stream.write('event: reload\ndata: {}\n\n');
      const stream = new EventStream({ lifeMs, maxUnreadBytes, onCaughtUp: reload });
      // Whatever happened before this was not told.
      reload();
      streams.set(stream, caller.userId);
      const unfollow = callFeed.follow(scopeOf(db, request), filter, {
        onCalls: (calls) => {
          for (const call of calls.reverse())
            stream.write(`event: call\ndata: ${JSON.stringify(callView(call, caller))}\n\n`);
        },
        onGap: reload,
        onError: (err) => {
          log.error({ err }, 'the log of calls could not be followed');
          stream.end();
        },
      });
      stream.onClose(() => {
        unfollow();
        streams.delete(stream);
      });
      return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(stream.body);
    },
  );
}
