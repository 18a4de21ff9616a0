import type { Insertable } from 'kysely';
import type { Caller } from '../clearml/endpoint.ts';
import { newId } from '../platform/ids.ts';
import type { DB } from '../platform/schema.ts';
import type { GatewayError } from './errors.ts';
import { type Body, excerpt, hideTokens, storable } from './mask.ts';

export type CallKind = 'enqueue' | 'ondemand';
type Row = Insertable<DB['calls']>;

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

/** One call from its first byte on: it gathers what its row in the log will say. */
export class Call {
  readonly id = newId();
  readonly created = new Date();
  readonly kind: CallKind;
  /** Its row was written before its answer has ended, and will be completed then. */
  isStreamed = false;
  readonly #started = performance.now();
  #lastMark = this.#started;
  readonly #phases: Record<string, number> = {};
  #facts: Facts = {};
  #caller: Caller | undefined;
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

  received(request: Body): void {
    this.#request = request;
    this.#bytesIn = request.size;
  }

  /** What the caller wants to prove its identity with; it never enters the row. */
  presented(tokens: readonly string[]): void {
    this.#tokens = tokens;
  }

  madeBy(caller: Caller): void {
    this.#caller = caller;
  }

  /** Nobody could be found who makes this call. */
  get isAnonymous(): boolean {
    return this.#caller === undefined;
  }

  learn(facts: Facts): void {
    this.#facts = { ...this.#facts, ...facts };
  }

  /** Notes the time since the last mark as the duration of `phase`. */
  mark(phase: string): void {
    const now = performance.now();
    this.#phases[phase] = (this.#phases[phase] ?? 0) + milliseconds(now - this.#lastMark);
    this.#lastMark = now;
  }

  /** The task waits in its queue, or the answer is on its way but has not ended. */
  accepted(status: number, bytesOut: number): void {
    this.#outcome = 'accepted';
    this.#status = status;
    this.#bytesOut = bytesOut;
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

  failed(error: GatewayError): void {
    this.#outcome = 'failed';
    this.#status = error.status;
    const { code, message, detail } = error;
    this.#error = { code, message, detail };
    // The transaction that made the clone was rolled back.
    const { clone_id, clone_name, ...facts } = this.#facts;
    this.#facts = facts;
  }

  row(): Row {
    return {
      ...this.#namedBy(),
      id: this.id,
      kind: this.kind,
      created: this.created,
      outcome: this.#outcome,
      http_status: this.#status,
      duration_ms: milliseconds(performance.now() - this.#started),
      bytes_in: this.#bytesIn,
      bytes_out: this.#bytesOut,
      phases: JSON.stringify(this.#phases),
      // Strangers neither fill the disk nor leave a mistyped token behind.
      request: this.#request && !this.isAnonymous ? excerpt(this.#request, this.#tokens) : null,
      answer: this.#answer ? excerpt(this.#answer, this.#tokens) : null,
      error_code: this.#error?.code ?? null,
      error: this.#text(this.#error?.message),
      error_detail: this.#text(this.#error?.detail),
    };
  }

  #text(text: string | undefined): string | null {
    return text === undefined ? null : storable(hideTokens(text, this.#tokens)).slice(0, 1000);
  }

  #namedBy() {
    const names = Object.entries(this.#facts).map(([name, value]) => [name, this.#text(value)]);
    const caller = this.#caller;
    return {
      ...(Object.fromEntries(names) as Facts),
      company: caller?.company ?? '',
      user_id: caller?.userId ?? null,
      caller: caller?.userName ?? null,
    };
  }
}

/** To the microsecond: more digits are noise. */
function milliseconds(value: number): number {
  return Math.round(value * 1000) / 1000;
}
