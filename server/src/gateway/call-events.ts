import type { CallDocument } from '@arno/protocol';
import type { FastifyInstance } from 'fastify';
import { storable } from '../platform/database.ts';
import { EventStream } from '../platform/event-stream.ts';
import type { GatewayContext } from './context.ts';
import { callDocument, hasEnded } from './enqueue/document.ts';
import { GatewayError } from './errors.ts';
import { callerId } from './identity/caller.ts';
import { scopeOf } from './reading.ts';

/** Open streams of one server: in all, and of one caller. */
const maxStreams = { all: 1_000, caller: 20 };
const lifeMs = 60 * 60_000;
/** More than the largest document, so that one of these is never the reason to wait. */
const maxUnreadBytes = 2 * 1024 * 1024;
/** After a stream that broke off, as EventSource understands it. */
const retryMs = 2_000;

/**
 * The document of a call as server-sent events, until the call ends: one event now, and one whenever status, progress, iteration or
 * place in the queue change. A client that comes again, as EventSource does by itself, and has seen the end is told to stop by 204.
 */
export function callEventRoutes(app: FastifyInstance, context: GatewayContext): void {
  const streams = new Map<EventStream, string>();
  // A stream would keep a server that stops waiting for its end.
  app.addHook('preClose', async () => {
    for (const stream of streams.keys()) stream.end();
  });

  // No HEAD: nobody would read its stream, or end it.
  const route = { exposeHeadRoute: false };
  app.get<{ Params: { id: string } }>('/gateway/v1/calls/:id/events', route, async (request, reply) => {
    const scope = await scopeOf(context, request);
    const document = await callDocument(context, scope, storable(request.params.id));
    if (hasEnded(document) && request.headers['last-event-id'] === eventId(document))
      return reply.code(204).send();
    const who = callerId(scope.caller);
    requireRoom(streams, who);
    const { company } = scope.caller;
    const stream = eventsOf(context, { id: document.call_id, company });
    streams.set(stream, who);
    stream.onClose(() => streams.delete(stream));
    reply.headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    return reply.type('text/event-stream').send(stream.body);
  });
}

function requireRoom(streams: ReadonlyMap<EventStream, string>, who: string): void {
  const own = [...streams.values()].filter((other) => other === who).length;
  if (own < maxStreams.caller && streams.size < maxStreams.all) return;
  throw new GatewayError('too_many_streams', 'too many streams of events are open; close some', undefined, 5);
}

/** A stream that ends with the call. */
function eventsOf({ watch }: GatewayContext, call: { id: string; company: string }): EventStream {
  let latest: CallDocument | undefined;
  let sent: string | undefined;
  const send = () => {
    if (!latest || eventId(latest) === sent) return;
    if (!stream.write(`id: ${eventId(latest)}\ndata: ${JSON.stringify(latest)}\n\n`)) return;
    sent = eventId(latest);
    if (hasEnded(latest)) stream.end();
  };
  const stream = new EventStream({ lifeMs, maxUnreadBytes, onCaughtUp: send });
  stream.write(`retry: ${retryMs}\n\n`);
  const unwatch = watch.watch(call, (document) => {
    if (!document) return stream.end();
    latest = document;
    send();
  });
  stream.onClose(unwatch);
  return stream;
}

/** The same for documents that tell the same. */
function eventId({ status, progress, last_iteration, queue_position }: CallDocument): string {
  return [status, progress, last_iteration, queue_position].join('/');
}
