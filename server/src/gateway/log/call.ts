import type { CallStatus } from '@arno/protocol';
import type { Selectable } from 'kysely';
import type { Caller } from '../../clearml/endpoint.ts';
import { newId } from '../../platform/ids.ts';
import type { DB } from '../../platform/schema.ts';
import type { GatewayError } from '../errors.ts';
import type { ConsumerKey } from '../identity/caller.ts';
import { type Body, excerpt, shownText } from './mask.ts';

/** Of a name or an error that a row keeps. */
const maxTextChars = 1000;

export type CallKind = 'enqueue' | 'ondemand';

/** What the log says of a call. */
export type CallRecord = Omit<Selectable<DB['calls']>, 'phases'> & { phases: Record<string, number> };

/** How a call ended, for counting it. */
export interface CallMeasure {
  kind: CallKind;
  /** Of the mapping; undefined when none was found. */
  alias: string | undefined;
  outcome: 'accepted' | 'ok' | 'failed';
  /** HTTP status. */
  status: number;
  /** Of the gateway's error table; undefined for what a model answered. */
  error: string | undefined;
  durationMs: number;
  phases: Readonly<Record<string, number>>;
}

/** Columns that get known while a call proceeds. */
type Facts = Partial<
  Record<
    | 'mapping_id'
    | 'alias'
    | 'public_id'
    | 'endpoint'
    | 'machine'
    | 'queue'
    | 'task_id'
    | 'clone_id'
    | 'clone_name',
    string
  >
>;

/** A program with a consumer key is a caller of its own; its user is only who made the key. */
type CallMaker = Caller & { key?: Pick<ConsumerKey, 'id' | 'name'> };

/** One call from its first byte on: it gathers what its row in the log will say. */
export class Call {
  readonly id = newId();
  readonly created = new Date();
  kind: CallKind;
  readonly #started = performance.now();
  #lastMark = this.#started;
  readonly #phases: Record<string, number> = {};
  readonly #facts: Facts = {};
  #caller: CallMaker | undefined;
  #tokens: readonly string[] = [];
  #bytesIn: number;
  #request: Body | undefined;
  #answer: Body | undefined;
  #bytesOut = 0;
  #outcome: 'accepted' | 'ok' | 'failed' = 'failed';
  #status = 500;
  #error: { code?: string; message: string; detail?: string | undefined } | undefined;

  /** @param announced bytes of the body as its header says, counted when the body itself never arrives */
  constructor(kind: CallKind, announced: number) {
    this.kind = kind;
    this.#bytesIn = announced;
  }

  /** A call on demand that no machine could take is queued instead. */
  becomes(kind: CallKind): void {
    this.kind = kind;
  }

  received(request: Body): void {
    this.#request = request;
    this.#bytesIn = request.size;
  }

  /** What the caller wants to prove its identity with; it never enters the row. */
  presented(tokens: readonly string[]): void {
    this.#tokens = tokens;
  }

  /** @param caller undefined when who was taken for the caller may not be the one */
  madeBy(caller: CallMaker | undefined): void {
    this.#caller = caller;
  }

  /** Nobody could be found who makes this call. */
  get isAnonymous(): boolean {
    return this.#caller === undefined;
  }

  learn(facts: Facts): void {
    Object.assign(this.#facts, facts);
  }

  /** Notes the time since the last mark as the duration of `phase`. */
  mark(phase: string): void {
    const now = performance.now();
    this.#phases[phase] = milliseconds((this.#phases[phase] ?? 0) + now - this.#lastMark);
    this.#lastMark = now;
  }

  /**
   * The task waits in its queue, or the answer is on its way but has not ended.
   *
   * @param answer what a queued call is answered, whose row is not written again when that has left
   */
  accepted(status: number, bytesOut: number, answer?: Body): void {
    this.#outcome = 'accepted';
    this.#status = status;
    this.#bytesOut = bytesOut;
    this.#answer = answer;
  }

  /**
   * A model answered.
   *
   * @param answer all of the answer, or its beginning
   */
  answered(status: number, answer: Body): void {
    this.#outcome = status < 400 ? 'ok' : 'failed';
    this.#status = status;
    this.#answer = answer;
    this.#bytesOut = answer.size;
    this.#error = status < 400 ? undefined : { message: `the model answered with HTTP ${status}` };
  }

  /** @param bytesOut of the answer that says so; what was counted before stays when it is not given */
  failed(error: GatewayError, bytesOut = this.#bytesOut): void {
    // What it was going to be answered.
    if (this.#outcome === 'accepted') this.#answer = undefined;
    this.#outcome = 'failed';
    this.#status = error.status;
    this.#bytesOut = bytesOut;
    const { code, message, detail } = error;
    this.#error = { code, message, detail };
    // The transaction that made the clone was rolled back.
    delete this.#facts.clone_id;
    delete this.#facts.clone_name;
  }

  /**
   * The row as it is by now.
   *
   * @param limits characters of each body that the row keeps, and the number of the server that sends an answer
   */
  record({ bodyChars, server }: { bodyChars: number; server: number }): CallRecord {
    const duration_ms = milliseconds(performance.now() - this.#started);
    const status = this.#callStatus();
    const facts = this.#facts;
    const { company = '', userId = null, userName = null, key } = this.#caller ?? {};
    // Each field by its name: put together from parts, a row would take ten times as long.
    return {
      id: this.id,
      company,
      kind: this.kind,
      created: this.created,
      started: null,
      ended: this.#outcome === 'accepted' ? null : new Date(this.created.getTime() + duration_ms),
      status,
      outcome: this.#outcome,
      http_status: this.#status,
      mapping_id: facts.mapping_id ?? null,
      alias: this.#text(facts.alias),
      public_id: this.#text(facts.public_id),
      endpoint: this.#text(facts.endpoint),
      machine: this.#text(facts.machine),
      queue: this.#text(facts.queue),
      task_id: facts.task_id ?? null,
      clone_id: facts.clone_id ?? null,
      clone_name: this.#text(facts.clone_name),
      user_id: key ? null : userId,
      key_id: key?.id ?? null,
      caller: key?.name ?? userName,
      duration_ms,
      bytes_in: this.#bytesIn,
      bytes_out: this.#bytesOut,
      phases: this.#phases,
      // Strangers neither fill the disk nor leave a mistyped token behind.
      request: this.isAnonymous ? null : this.#excerpt(this.#request, bodyChars),
      answer: this.#excerpt(this.#answer, bodyChars),
      error_code: this.#error?.code ?? null,
      error: this.#text(this.#error?.message),
      error_detail: this.#text(this.#error?.detail),
      server: status === 'running' ? server : null,
      sums_number: null,
    };
  }

  get measure(): CallMeasure {
    const { mapping_id, alias } = this.#facts;
    return {
      kind: this.kind,
      alias: mapping_id === undefined ? undefined : alias,
      outcome: this.#outcome,
      status: this.#status,
      error: this.#error?.code,
      durationMs: performance.now() - this.#started,
      phases: this.#phases,
    };
  }

  /** A queued task has a life of its own from now on, which its row follows in the database. */
  #callStatus(): CallStatus {
    if (this.#outcome === 'failed') return this.#error?.code === 'cancelled' ? 'aborted' : 'failed';
    if (this.#outcome === 'ok') return 'completed';
    return this.kind === 'enqueue' ? 'queued' : 'running';
  }

  #text(text: string | undefined): string | null {
    return text === undefined ? null : shownText(text, maxTextChars, this.#tokens);
  }

  #excerpt(body: Body | undefined, maxChars: number): string | null {
    return body && maxChars > 0 ? excerpt(body, maxChars, this.#tokens) : null;
  }
}

/** To the microsecond: more digits are noise. */
function milliseconds(value: number): number {
  return Math.round(value * 1000) / 1000;
}
