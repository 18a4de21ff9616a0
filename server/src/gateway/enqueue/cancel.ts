import type { CallDocument } from '@arno/protocol';
import type { GatewayContext } from '../context.ts';
import type { GatewayCaller } from '../identity/caller.ts';
import { findOwnCall } from '../log/call-queries.ts';
import { cancelWherever } from '../ondemand/running-calls.ts';
import type { PoolScope } from '../tasks/task-backend.ts';
import { callDocument } from './document.ts';

/**
 * Cancels a call: its task leaves the queue, or its agent is asked to stop; an answer on demand is broken off. One that has ended
 * stays as it is, so asking twice does no harm.
 *
 * @returns its document, in which it may still be running
 * @throws GatewayError unknown_call, backend_unavailable
 */
export async function cancelCall(
  context: Pick<GatewayContext, 'tasks' | 'files' | 'running'>,
  scope: PoolScope & { caller: GatewayCaller },
  id: string,
): Promise<CallDocument> {
  const call = await findOwnCall(scope, id);
  const isOpen = call?.status === 'queued' || call?.status === 'running';
  if (call && isOpen) {
    const { key, userName } = scope.caller;
    if (call.kind === 'ondemand') await cancelWherever(scope.db, context.running, id);
    else await context.tasks.cancel(scope, id, `cancelled by ${key?.name ?? userName}`);
  }
  return callDocument(context, { ...scope, now: new Date() }, id);
}
