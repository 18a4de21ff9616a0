import type { EndpointMapping, TaskMapping } from '@arno/protocol';
import { firstValue, type Schema } from './try/schema.ts';

/** A published task or model, as a caller knows it. */
export interface Published {
  /** Of the mapping. */
  id: string;
  kind: 'task' | 'model';
  alias: string;
  public_id: string;
  /** Of a model. */
  endpoint?: string;
  /** Of a task: the queue its calls go to, and the one that this call names instead. */
  queue?: string;
  wantedQueue?: string;
  /** What a call sends: of a task its parameters, of a model the body. */
  input: unknown;
}

export function publishedTask({
  id,
  alias,
  public_id,
  default_queue: queue,
  ...row
}: TaskMapping): Published {
  return { id, kind: 'task', alias, public_id, queue, input: exampleOf(row) };
}

export function publishedModel({ id, alias, public_id, endpoint, ...row }: EndpointMapping): Published {
  return { id, kind: 'model', alias, public_id, endpoint, input: exampleOf(row) };
}

/** An input to begin with: the mapping's example, or what its schema asks for. */
export function exampleOf(row: Pick<TaskMapping, 'example' | 'input_schema'>): unknown {
  if (row.example !== undefined && row.example !== null) return row.example;
  return row.input_schema ? firstValue(row.input_schema, row.input_schema as Schema) : {};
}

/** Address that a call is sent to. */
function callUrl(origin: string, { kind, alias }: Published): string {
  return `${origin}/gateway/v1/${kind === 'task' ? 'tasks' : 'models'}/${alias}/calls`;
}

export function bodyOf({ kind, input, wantedQueue: queue }: Published): unknown {
  return kind === 'task' ? { params: input, ...(queue && { queue }) } : input;
}

/** @param token the caller's; without one the command takes it from the variable ARNO_TOKEN */
export function curlSnippet(origin: string, published: Published, token?: string): string {
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const header = token ? quote(`Authorization: Bearer ${token}`) : '"Authorization: Bearer $ARNO_TOKEN"';
  return `curl -X POST ${quote(callUrl(origin, published))} \\
  -H ${header} \\
  -H 'Content-Type: application/json' \\
  -d ${quote(JSON.stringify(bodyOf(published)))}`;
}

/** A program that makes the call and, for a queued task, waits for its result. */
export function pythonSnippet(origin: string, published: Published, token?: string): string {
  const isTask = published.kind === 'task';
  // A JSON text is also the text of a Python string: what JSON escapes, Python reads in the same way.
  const quoted = (value: unknown) => JSON.stringify(value);
  const body = JSON.stringify(bodyOf(published));
  const lines = [
    ...[
      'import json',
      ...(token ? [] : ['import os']),
      ...(isTask ? ['import time'] : []),
      '',
      'import requests',
      '',
    ],
    `token = ${token ? quoted(token) : 'os.environ["ARNO_TOKEN"]'}`,
    'headers = {"Authorization": f"Bearer {token}"}',
    `body = json.loads(${quoted(body)})`,
    '',
    'answer = requests.post(',
    `    ${quoted(callUrl(origin, published))},`,
    '    headers=headers,',
    '    json=body,',
    '    timeout=60,',
    ')',
    'answer.raise_for_status()',
    ...(isTask ? waiting(origin) : ['print(answer.json())']),
  ];
  return lines.join('\n');
}

function waiting(origin: string): string[] {
  return [
    `call = ${JSON.stringify(origin)} + answer.json()["links"]["self"]`,
    '',
    'while True:',
    '    state = requests.get(call, headers=headers, timeout=60).json()',
    '    if state["status"] not in ("queued", "running"):',
    '        break',
    '    time.sleep(1)',
    'print(state["status"], state.get("result"))',
  ];
}

/** Ids of Node-RED are 16 hex digits. These are made from the mapping's, so that a second import of it is recognised as such. */
function nodeId({ id }: Published, part: number): string {
  return id.slice(0, 15) + part.toString(16);
}

/**
 * A flow to import: a button that sends the input, the node that calls, and what came back in the debug sidebar. The nodes are those
 * that labs use already; name and password are filled in after the import, since Node-RED takes no credentials from a flow.
 */
export function nodeRedSnippet(origin: string, published: Published): string {
  const [inject = '', call = '', debug = '', account = ''] = [0, 1, 2, 3].map((part) =>
    nodeId(published, part),
  );
  const { alias, public_id, endpoint = '', queue = '', wantedQueue, input } = published;
  const text = JSON.stringify(input);
  const common = {
    id: call,
    name: alias,
    authentication: account,
    input: text,
    x: 360,
    y: 80,
    wires: [[debug]],
  };
  const caller =
    published.kind === 'task'
      ? { ...common, type: 'clearml-serving-enqueue', task_id: public_id, queue_name: wantedQueue ?? queue }
      : { ...common, type: 'clearml-serving-ondemand', machine_id: public_id, endpoint };
  const flow = [
    {
      ...{ id: inject, type: 'inject', name: '', props: [{ p: 'payload' }], repeat: '', once: false },
      ...{ payload: JSON.stringify({ input }), payloadType: 'json', x: 150, y: 80, wires: [[call]] },
    },
    caller,
    {
      ...{ id: debug, type: 'debug', name: '', active: true, tosidebar: true, complete: 'payload' },
      ...{ targetType: 'msg', x: 570, y: 80, wires: [] },
    },
    {
      id: account,
      type: 'snap4city-authentication-clearml',
      name: 'Arno',
      domain: origin,
      ismainaccount: false,
    },
  ];
  return JSON.stringify(flow, null, 2);
}
