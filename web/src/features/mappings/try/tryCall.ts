import type { CallDocument, GatewayError, InputFault } from '@arno/protocol';
import { consoleApi } from '../../../api/console.ts';
import { basePath } from '../../../app/base.ts';
import type { CallablePath } from '../kinds.ts';

/** What came back from a call that was tried. */
export interface Tried {
  /** HTTP status. */
  status: number;
  /** Milliseconds from the click to the whole answer, as this browser saw it. */
  took: number;
  /** Of its row in the log; the gateway turns some away without one. */
  callId: string | undefined;
  contentType: string;
  body: Blob;
  /** The body as text, when it is one. */
  text: string | undefined;
  /** What of the input did not fit. */
  faults: readonly InputFault[];
  /** Why the gateway refused it. */
  message: string | undefined;
}

/** Makes a real call through the gateway, as the person who is logged in. Rejects when no answer came, or `signal` ended it. */
export async function tryCall(
  path: CallablePath,
  alias: string,
  body: string,
  signal: AbortSignal,
): Promise<Tried> {
  const started = performance.now();
  const kind = path === 'task-mappings' ? 'tasks' : 'models';
  const response = await fetch(`${basePath}/console/v1/try/${kind}/${encodeURIComponent(alias)}/calls`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    signal,
  });
  const answer = await response.blob();
  const contentType = response.headers.get('content-type') ?? '';
  const text = /^(text\/|application\/(.*\+)?(json|xml)|$)/.test(contentType)
    ? await answer.text()
    : undefined;
  const refusal = response.ok ? undefined : refusalIn(text);
  return {
    ...{ status: response.status, took: performance.now() - started, contentType, body: answer, text },
    callId: response.headers.get('arno-call-id') ?? undefined,
    faults: refusal?.faults ?? [],
    message: refusal?.message,
  };
}

type Refusal = GatewayError['error'];

/** What the gateway says of a call that it refused; undefined for what a model answered. */
function refusalIn(text: string | undefined): Refusal | undefined {
  try {
    const { status, error } = JSON.parse(text ?? '') as Partial<GatewayError>;
    return status === 'error' && typeof error?.message === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}

/** Takes a queued task out of its queue, or asks its agent to stop. */
export function cancelCall(id: string): Promise<CallDocument> {
  return consoleApi('DELETE', `try/calls/${encodeURIComponent(id)}`);
}
