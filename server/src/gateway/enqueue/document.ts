import type { CallDocument } from '@arno/protocol';
import type { Scope } from '../../clearml/endpoint.ts';
import type { GatewayContext } from '../context.ts';
import { GatewayError } from '../errors.ts';
import { type CallRow, findOwnCall } from '../log/call-queries.ts';
import type { TaskState } from '../tasks/task-backend.ts';
import { type ResultFiles, resultOf } from './result.ts';

/** Where the document of a call comes from, beside the log. */
export type DocumentSources = Pick<GatewayContext, 'tasks' | 'files'>;

/**
 * What became of a call, for who made it and for admins.
 *
 * @throws GatewayError unknown_call, and backend_unavailable when the tasks are on a server that does not answer
 */
export async function callDocument(
  { tasks, files }: DocumentSources,
  scope: Scope,
  id: string,
): Promise<CallDocument> {
  const call = await findOwnCall(scope, id);
  if (!call) throw new GatewayError('unknown_call', `there is no call ${id} of yours`);
  const { clone_id } = call;
  const task = clone_id === null ? undefined : await tasks.find(scope, clone_id);
  return clone_id !== null && task
    ? queuedDocument(call, task, files.of(clone_id), scope.now)
    : rowDocument(call, scope.now);
}

/** Where a call is to be found. */
export function linksOf(id: string): CallDocument['links'] {
  const self = `/gateway/v1/calls/${id}`;
  return { self, events: `${self}/events` };
}

/** Whether nothing more is to come. */
export function hasEnded({ status }: Pick<CallDocument, 'status'>): boolean {
  return status !== 'queued' && status !== 'running';
}

/** The same with whole addresses for what lies below our own origin. */
export function withOrigin(document: CallDocument, origin: string): CallDocument {
  const whole = (url: string) => (url.startsWith('/') ? origin + url : url);
  const { links, result_url, artifacts, models } = document;
  return {
    ...document,
    ...(result_url !== undefined && { result_url: whole(result_url) }),
    ...(artifacts && { artifacts: artifacts.map((artifact) => ({ ...artifact, url: whole(artifact.url) })) }),
    ...(models && { models: models.map((model) => ({ ...model, url: whole(model.url) })) }),
    links: { self: whole(links.self), events: whole(links.events) },
  };
}

function base(call: CallRow) {
  const { alias, queue, clone_name: task_name } = call;
  return {
    call_id: call.id,
    kind: call.kind as CallDocument['kind'],
    created_at: call.created.toISOString(),
    ...(alias !== null && { alias }),
    ...(queue !== null && { queue }),
    ...(task_name !== null && { task_name }),
    links: linksOf(call.id),
  };
}

/** A call that has no task: on demand, refused, or one whose task is still to be made or was deleted. */
function rowDocument(call: CallRow, now: Date): CallDocument {
  const { started, ended, clone_id } = call;
  const status = call.status as CallDocument['status'];
  const error =
    call.error ?? (clone_id !== null && status === 'lost' ? 'the task of this call was deleted' : null);
  return {
    ...base(call),
    status,
    ...instants(started, ended),
    timings: call.kind === 'enqueue' ? timings(call, { started, ended }, now) : answerTimings(call),
    ...(error !== null && { error }),
  };
}

async function queuedDocument(
  call: CallRow,
  task: TaskState,
  files: ResultFiles,
  now: Date,
): Promise<CallDocument> {
  const result = task.artifacts.find(({ name }) => name === 'result');
  const artifacts = task.artifacts.filter((artifact) => artifact !== result);
  return {
    ...base(call),
    status: task.status,
    ...instants(task.started, task.ended),
    ...(task.progress !== undefined && { progress: task.progress }),
    last_iteration: task.lastIteration,
    ...(task.queuePosition !== undefined && { queue_position: task.queuePosition }),
    timings: timings(call, task, now),
    ...(task.reason && { error: task.reason }),
    ...(result && (await resultOf(result, files))),
    artifacts: artifacts.map(({ uri, ...artifact }) => ({ ...artifact, url: files.link(uri) })),
    models: task.models.map(({ name, uri }) => ({ name, url: files.link(uri) })),
    values: task.values.map(({ metric, variant, value }) => ({ metric, variant, value })),
  };
}

function instants(started: Date | null | undefined, ended: Date | null | undefined) {
  return {
    ...(started && { started_at: started.toISOString() }),
    ...(ended && { ended_at: ended.toISOString() }),
  };
}

type Timings = CallDocument['timings'];

/** Milliseconds in each phase, up to now for the one it is in. */
function timings(
  { created, phases }: CallRow,
  { started, ended }: { started?: Date | null; ended?: Date | null },
  now: Date,
): Timings {
  const since = (from: Date, to: Date) => Math.max(0, to.getTime() - from.getTime());
  const until = ended ?? now;
  return {
    queued_ms: since(created, started ?? until),
    ...(started && { running_ms: since(started, until) }),
    total_ms: since(created, until),
    phases: phases as Record<string, number>,
  };
}

function answerTimings({ duration_ms: total_ms, phases }: CallRow): Timings {
  return { total_ms, phases: phases as Record<string, number> };
}
