import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LogEvent } from '../src/execute/console.ts';
import type { TaskDescription } from '../src/execute/executor.ts';

type Body = Record<string, unknown>;
type Handler = (body: Body) => object;

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

class Refusal extends Error {
  readonly code: number;
  readonly subcode: number;

  constructor(code: number, subcode: number, message: string) {
    super(message);
    this.code = code;
    this.subcode = subcode;
  }
}

/**
 * As much of a ClearML server as an agent talks to, in memory and without rules: some server of that protocol, so that the
 * agent's own behaviour can be looked at, down to outages and missing extensions. What the real one does is tested in
 * `acceptance/`.
 */
export class TestServer {
  readonly tasks = new Map<string, TaskDescription>();
  readonly queue: string[] = [];
  readonly events: LogEvent[] = [];
  readonly uploads: { path: string; text: string; authorization: string | undefined }[] = [];
  readonly calls: { name: string; body: Body }[] = [];
  readonly workers = new Set<string>();
  longPoll = true;
  /** Whether it gives sessions of tasks' owners, called `session-of-<task>`. */
  ownerSessions = false;
  /** Sessions that were logged out. */
  readonly ended: string[] = [];
  /** Answers every call with 503 while it is true. */
  away = false;
  #server: Server | undefined;

  async start(): Promise<string> {
    const server = createServer((request, response) => void this.#answer(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  add(id: string, task: TaskDescription): void {
    this.tasks.set(id, { id, name: id, status: 'queued', ...task });
    this.queue.push(id);
  }

  /** Console of a task in the order of its times. */
  lines(task: string): string[] {
    return this.events
      .filter((event) => event.task === task)
      .sort((a, b) => a.timestamp - b.timestamp)
      .flatMap((event) => event.msg.split('\n'));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = (request.url ?? '').slice(1);
    const raw = await read(request);
    if (name === '') {
      const [, path = ''] = /name="([^"]*)"/.exec(raw.toString()) ?? [];
      const text = raw.toString().split('\r\n\r\n')[1]?.split('\r\n--')[0] ?? '';
      this.uploads.push({ path, text, authorization: request.headers.authorization });
      response.end(JSON.stringify([path]));
      return;
    }
    if (name === 'auth.logout') this.ended.push(request.headers.authorization ?? '');
    const { code, subcode, message, data } = await this.#call(name, raw.toString());
    const endpoint = { name, requested_version: '2.31', actual_version: '2.31' };
    const meta = {
      id: '1',
      trx: '1',
      endpoint,
      result_code: code,
      result_subcode: subcode,
      result_msg: message,
    };
    response.writeHead(code, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify({ meta, data }));
  }

  async #call(name: string, raw: string) {
    try {
      if (this.away) throw new Refusal(503, 0, 'away');
      if (name === 'events.add_batch') {
        this.events.push(...raw.split('\n').map((line) => JSON.parse(line) as LogEvent));
        return { code: 200, subcode: 0, message: 'OK', data: { added: 1 } };
      }
      const body = (raw ? JSON.parse(raw) : {}) as Body;
      this.calls.push({ name, body });
      if (name === 'queues.wait_for_task') await this.#waitForTask();
      const handler = this.#handlers[name];
      if (!handler) throw new Refusal(404, 0, 'unknown endpoint');
      return { code: 200, subcode: 0, message: 'OK', data: handler(body) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { code: error.code, subcode: error.subcode, message: error.message, data: {} };
    }
  }

  async #waitForTask(): Promise<void> {
    if (!this.longPoll) throw new Refusal(404, 0, 'unknown endpoint');
    const deadline = Date.now() + 1_000;
    while (this.queue.length === 0 && Date.now() < deadline)
      await new Promise((next) => setTimeout(next, 20));
  }

  #move(body: Body, status: NonNullable<TaskDescription['status']>): object {
    const task = this.tasks.get(body.task as string);
    if (!task) throw new Refusal(400, 101, 'invalid task id');
    const { status_reason = '', status_message = '' } = body as Record<string, string>;
    Object.assign(task, { status, status_reason, status_message });
    return { updated: 1 };
  }

  readonly #handlers: Record<string, Handler> = {
    'auth.login': () => ({ token: 'token' }),
    'auth.get_token_for_task': ({ task }) => {
      if (!this.ownerSessions) throw new Refusal(404, 0, 'unknown endpoint');
      return { token: `session-of-${task}` };
    },
    'auth.logout': () => ({}),
    'queues.get_all': ({ name }) => ({ queues: name === '^default$' ? [{ id: 'q1', name: 'default' }] : [] }),
    'queues.wait_for_task': () => ({ ready: this.queue.length > 0 }),
    'queues.get_next_task': () => {
      const task = this.queue.shift();
      return task ? { entry: { task } } : {};
    },
    'workers.register': ({ worker }) => this.workers.add(worker as string) && {},
    'workers.status_report': ({ worker, task }) => {
      const found = this.tasks.get(task as string);
      if (found) found.last_worker = worker as string;
      return {};
    },
    'workers.unregister': ({ worker }) => ({ removed: this.workers.delete(worker as string) }),
    'projects.get_by_id': () => ({ project: { name: 'Team/Größe 1' } }),
    'tasks.get_by_id': ({ task }) => ({ task: this.tasks.get(task as string) }),
    'tasks.get_all': ({ id }) => ({
      tasks: [...this.tasks.values()].filter((task) => !id || (id as string[]).includes(task.id ?? '')),
    }),
    'tasks.started': (body) => this.#move(body, 'in_progress'),
    'tasks.completed': (body) => this.#move(body, 'completed'),
    'tasks.failed': (body) => this.#move(body, 'failed'),
    'tasks.stopped': (body) => this.#move(body, 'stopped'),
    'tasks.add_or_update_artifacts': ({ task, artifacts }) => {
      const found = this.tasks.get(task as string);
      if (found) found.execution = { artifacts: artifacts as never };
      return { updated: 1 };
    },
  };
}
