import type { Call, CallDetail } from '@arno/protocol';

/** The request of a call in the modern form, whichever form it came in. */
export interface StoredRequest {
  /** JSON text of the body. */
  body: string;
  /** The log keeps neither secrets nor all of a long body: it cannot be sent again as it is. */
  fault?: 'masked' | 'cut' | 'missing' | 'notJson';
}

/** What the log writes in place of a secret. */
const mask = '***';

/** The request of a call as it can be sent again, and what stands against it. Its callback is left out: nobody asked for another. */
export function storedRequest(call: CallDetail): StoredRequest {
  const text = call.request;
  if (!text)
    return call.kind === 'enqueue' && call.bytes_in === 0 ? { body: '{}' } : { body: '', fault: 'missing' };
  const content = parsed(text);
  if (content === undefined) return { body: text, fault: /^\s*[[{"]/.test(text) ? 'cut' : 'notJson' };
  const body = modernBody(call, text, content);
  return { body, ...(body.includes(mask) && { fault: 'masked' as const }) };
}

/** Numbers with more digits than JavaScript keeps stay as they are in a text that needs no change. */
function modernBody({ kind, public_id, endpoint }: Call, text: string, content: unknown): string {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return text;
  const { params, input = {}, queue, queue_name, ...rest } = content as Record<string, unknown>;
  const legacyParams = fromText(params ?? input);
  if (kind === 'ondemand') {
    const isLegacy = rest.endpoint === endpoint && lower(rest.machine_id) === public_id;
    return isLegacy && public_id ? JSON.stringify(legacyParams) : text;
  }
  const isLegacy = 'task_id' in rest;
  if (!isLegacy && !('callback_url' in rest)) return text;
  const wanted = queue || queue_name;
  return JSON.stringify({ params: isLegacy ? legacyParams : params, ...(wanted ? { queue: wanted } : {}) });
}

/** Published blocks send their parameters as the text of a JSON object. */
function fromText(params: unknown): unknown {
  return typeof params === 'string' ? (parsed(params) ?? params) : params;
}

function lower(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a form that makes the call again begins with, as far as the log has it; undefined when that is no JSON. */
export function storedInput(call: CallDetail): { input: unknown; queue?: string } | undefined {
  const content = parsed(storedRequest(call).body);
  if (content === undefined || call.kind === 'ondemand')
    return content === undefined ? undefined : { input: content };
  const { params, queue } = content as { params?: unknown; queue?: string };
  return { input: params, ...(queue !== undefined && { queue }) };
}

/** Where a task or model of the gateway is called, below its own address. */
function callPath(kind: Call['kind'], alias: string): string {
  return `${kind === 'enqueue' ? 'tasks' : 'models'}/${encodeURIComponent(alias)}/calls`;
}

/** The call as a command for a shell, with the token of whoever runs it. */
export function curlOf(call: CallDetail, origin: string, alias: string): string {
  const quoted = storedRequest(call).body.replaceAll("'", `'\\''`);
  return `curl -X POST ${origin}/gateway/v1/${callPath(call.kind, alias)} \\
  -H "Authorization: Bearer $ARNO_TOKEN" \\
  -H "Content-Type: application/json" \\
  -d '${quoted}'`;
}
