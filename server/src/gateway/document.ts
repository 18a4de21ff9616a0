import type { CallDocument } from '@arno/protocol';
import type { Scope } from '../clearml/endpoint.ts';
import { type CallRow, findOwnCall } from './call-queries.ts';
import type { GatewayContext } from './context.ts';
import { GatewayError } from './errors.ts';
import { type ResultFiles, resultOf } from './result.ts';
import type { TaskState } from './task-backend.ts';

/**
 * What became of a call, for who made it and for admins.
 *
 * @throws GatewayError unknown_call
 */
export async function callDocument(
  { tasks, files }: Pick<GatewayContext, 'tasks' | 'files'>,
  scope: Scope,
  id: string,
): Promise<CallDocument> {
  const call = await findOwnCall(scope, id);
  if (!call) throw new GatewayError('unknown_call', `there is no call ${id} of yours`);
  if (!call.clone_id) return endedAtOnce(call);
  const task = await tasks.find(scope, call.clone_id);
  return task ? queuedDocument(call, task, files.of(call.clone_id), scope.now) : lostDocument(call);
}

function base(call: CallRow) {
  return {
    call_id: call.id,
    kind: call.kind as CallDocument['kind'],
    created_at: call.created.toISOString(),
    links: { self: `/gateway/v1/calls/${call.id}` },
  };
}

/** An On-Demand call, or one that failed before a task was queued. */
function endedAtOnce(call: CallRow): CallDocument {
  const statuses = { accepted: 'running', ok: 'completed', failed: 'failed' } as const;
  return {
    ...base(call),
    status: statuses[call.outcome as keyof typeof statuses],
    timings: { total_ms: call.duration_ms },
    ...(call.error && { error: call.error }),
  };
}

function lostDocument(call: CallRow): CallDocument {
  return { ...base(call), status: 'lost', timings: {}, error: 'the task of this call was deleted' };
}

async function queuedDocument(
  call: CallRow,
  task: TaskState,
  files: ResultFiles,
  now: Date,
): Promise<CallDocument> {
  const result = task.artifacts.find(({ name }) => name === 'result');
  const artifacts = task.artifacts.filter((artifact) => artifact !== result);
  const models = task.models.map(({ name, uri }) => ({ name, url: files.link(uri) }));
  return {
    ...base(call),
    status: task.status,
    ...(task.progress !== undefined && { progress: task.progress }),
    last_iteration: task.lastIteration,
    ...(task.queuePosition !== undefined && { queue_position: task.queuePosition }),
    timings: timings(call, task, now),
    ...(task.reason && { error: task.reason }),
    ...(result && (await resultOf(result, files))),
    artifacts: artifacts.map(({ uri, ...artifact }) => ({ ...artifact, url: files.link(uri) })),
    models,
    values: task.values.map(({ metric, variant, value }) => ({ metric, variant, value })),
  };
}

/** Milliseconds in each phase, up to now for the one it is in. */
function timings({ created }: CallRow, { started, ended }: TaskState, now: Date): CallDocument['timings'] {
  const since = (from: Date, to: Date) => Math.max(0, to.getTime() - from.getTime());
  const until = ended ?? now;
  return {
    queued_ms: since(created, started ?? until),
    ...(started && { running_ms: since(started, until) }),
    total_ms: since(created, until),
  };
}
