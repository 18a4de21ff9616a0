import type { Arno } from './arno.ts';

/** An answer's `data`. Left untyped: a black box test asserts on what it finds, and asks no type for it. */
// biome-ignore lint/suspicious/noExplicitAny: the shapes are what these tests check
export type Data = any;

/** Calls the ClearML API as a client would over plain HTTP; an error envelope becomes an Error with its text. */
export async function clearml(arno: Arno, endpoint: string, body: object = {}): Promise<Data> {
  const answer = await clearmlAnswer(arno, endpoint, body);
  if (answer.meta.result_code !== 200) throw new Error(`${endpoint}: ${JSON.stringify(answer.meta)}`);
  return answer.data;
}

/** The same with its whole envelope, also for an error. */
async function clearmlAnswer(arno: Arno, endpoint: string, body: object): Promise<Data> {
  const response = await fetch(`${arno.api}/${endpoint}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: basic(arno) },
    body: JSON.stringify(body),
  });
  return response.json();
}

const basic = ({ accessKey, secretKey }: Arno) =>
  `Basic ${Buffer.from(`${accessKey}:${secretKey}`).toString('base64')}`;

export async function apiToken(arno: Arno): Promise<string> {
  return (await clearml(arno, 'auth.login')).token;
}

/** A task as `tasks.get_by_id` answers it. */
export async function getTask(arno: Arno, id: string): Promise<Data> {
  return (await clearml(arno, 'tasks.get_by_id', { task: id })).task;
}

/** The console log of a task as one text, oldest first. */
export async function consoleLog(arno: Arno, id: string): Promise<string> {
  const { events } = await clearml(arno, 'events.get_task_log', {
    task: id,
    navigate_earlier: true,
    batch_size: 5000,
  });
  return events
    .map((event: { msg: string }) => event.msg)
    .reverse()
    .join('\n');
}

/** Downloads what a task or model points to on the file server. */
export async function download(arno: Arno, uri: string): Promise<Buffer> {
  const response = await fetch(uri, { headers: { authorization: `Bearer ${await apiToken(arno)}` } });
  if (!response.ok) throw new Error(`GET ${uri}: ${response.status} ${await response.text()}`);
  return Buffer.from(await response.arrayBuffer());
}
