import { randomUUID } from 'node:crypto';
import type { Arno } from './arno.ts';
import type { Data } from './clearml.ts';
import { bearer, post } from './gateway.ts';

/** One call of the traffic. */
export interface Sent {
  form: Form;
  /** Tells it from all others: one of its parameters, and the idempotency key of those that have one. */
  mark: string;
  /** Of the answer, when it came. */
  status?: number;
  callId?: string;
}

interface Published {
  task: Data;
  model: Data;
}

/** Calls a second, as long as not too many of them wait. */
const rate = 200;
const ticksPerSecond = 20;
const maxWaiting = 100;

/**
 * Calls an Arno without pause, about 200 times a second: both services in both wire forms, modern Enqueue calls with an
 * idempotency key. Who dies in the middle of it leaves calls without an answer behind.
 */
export function startTraffic(arno: Arno, published: Published) {
  const sent: Sent[] = [];
  const waiting = new Set<Promise<void>>();
  let count = 0;
  let burstBegun = () => {};
  const timer = setInterval(() => {
    for (let n = 0; n < rate / ticksPerSecond && waiting.size < maxWaiting; n++) {
      const one = newCall(count++);
      sent.push(one);
      const call = send(arno, published, one).finally(() => waiting.delete(call));
      waiting.add(call);
    }
    burstBegun();
  }, 1000 / ticksPerSecond);
  return {
    sent,
    answered: () => sent.filter(({ status }) => status !== undefined),
    /** Calls have just been begun, and none of them is answered yet. */
    burst: () =>
      new Promise<void>((resolve) => {
        burstBegun = resolve;
      }),
    /** Begins no more calls and waits for the end of those that are under way. */
    async stop(): Promise<Sent[]> {
      clearInterval(timer);
      await Promise.all(waiting);
      return sent;
    },
  };
}

function newCall(n: number): Sent {
  const form = forms[n % forms.length] as Form;
  return { form, mark: randomUUID() };
}

type Form = 'enqueue_task' | 'ondemand' | 'tasks' | 'models';
const forms: Form[] = ['enqueue_task', 'ondemand', 'tasks', 'models'];

/** Makes a call, and notes its answer if there is one. */
export async function send(arno: Arno, published: Published, call: Sent): Promise<void> {
  const [path, body] = requestOf(published, call);
  const key = isIdempotent(call) && { 'idempotency-key': call.mark };
  const answer = await post(arno.web + path, body, { ...bearer(arno), ...key }).catch(() => undefined);
  if (!answer) return;
  call.status = answer.status;
  call.callId = answer.body.call_id ?? answer.headers.get('arno-call-id');
}

function requestOf({ task, model }: Published, { form, mark }: Sent): [path: string, body: object] {
  const params = { mark };
  switch (form) {
    case 'enqueue_task':
      return ['/clearml/serve/enqueue_task', { task_id: task.public_id, params }];
    case 'ondemand':
      return ['/clearml/serve/ondemand', { machine_id: model.public_id, endpoint: 'predict', params }];
    case 'tasks':
      return [`/gateway/v1/tasks/${task.alias}/calls`, { params }];
    case 'models':
      return [`/gateway/v1/models/${model.alias}/calls`, params];
  }
}

/** Whether the call may be made again without being made twice. */
export const isIdempotent = ({ form }: Sent) => form === 'tasks';

/** Whether an answer to the call promises a queued task. */
export const isQueued = ({ form }: Sent) => form === 'tasks' || form === 'enqueue_task';
