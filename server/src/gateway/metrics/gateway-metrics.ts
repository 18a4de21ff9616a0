import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CallKind, CallMeasure } from '../log/call.ts';

/** Seconds: from what the gateway itself takes up to the deadlines of slow models. */
const callBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
/** Seconds: most phases last far less than a millisecond. */
const phaseBuckets = [0.0001, 0.00025, 0.0005, ...callBuckets];
const batchBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500];

/** No alias has parentheses, so nobody can publish a mapping of this name. */
const unknownMapping = '(unknown)';
const otherMapping = '(other)';
/** More mappings than these are counted together: each has a histogram, which Prometheus keeps for weeks. */
const maxMappings = 500;

/** What the gateway counts in this process, since its start. Prometheus adds up the replicas. */
export class GatewayMetrics {
  readonly #calls: ReturnType<typeof callInstruments>;
  readonly #log: ReturnType<typeof logInstruments>;
  readonly #callbackTries: Counter<'outcome'>;
  readonly #mappings = new Set<string>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.#calls = callInstruments(registers);
    this.#log = logInstruments(registers);
    this.#callbackTries = new Counter({
      name: 'arno_gateway_callback_tries_total',
      help: 'Attempts to tell a caller of the end of a call',
      labelNames: ['outcome'],
      registers,
    });
    // Without them a rate would miss what happens first.
    for (const outcome of ['ok', 'failed']) this.#callbackTries.inc({ outcome }, 0);
    for (const kind of ['enqueue', 'ondemand'] satisfies CallKind[]) this.#calls.inFlight.set({ kind }, 0);
  }

  /** A call has come; tells how to say that its connection is done with it. */
  began(kind: CallKind): () => void {
    this.#calls.inFlight.inc({ kind });
    return () => this.#calls.inFlight.dec({ kind });
  }

  /** A call is over, or its task queued. To be told once a call. */
  ended({ kind, alias, outcome, status, error = '', durationMs, phases }: CallMeasure): void {
    const mapping = this.#nameOf(alias);
    this.#calls.ended.inc({ kind, mapping, outcome, code: status, error });
    this.#calls.durations.observe({ kind, mapping }, durationMs / 1000);
    for (const phase in phases) this.#calls.phases.observe({ kind, phase }, (phases[phase] ?? 0) / 1000);
  }

  /** A request was turned away before it became a call. */
  turnedAway(kind: CallKind, status: number, error: string): void {
    this.#calls.ended.inc({ kind, mapping: unknownMapping, outcome: 'failed', code: status, error });
  }

  /** Rows of the log got durable together. */
  readonly committed = (rows: number, milliseconds: number): void => {
    this.#log.batches.observe(rows);
    this.#log.writes.observe(milliseconds / 1000);
  };

  /** A receiver of callbacks took one, or did not. */
  readonly calledBack = (wasTaken: boolean): void => {
    this.#callbackTries.inc({ outcome: wasTaken ? 'ok' : 'failed' });
  };

  /** What is not a mapping, callers make up: its names must not become series. */
  #nameOf(alias: string | undefined): string {
    if (alias === undefined) return unknownMapping;
    if (this.#mappings.has(alias)) return alias;
    if (this.#mappings.size >= maxMappings) return otherMapping;
    this.#mappings.add(alias);
    return alias;
  }
}

function callInstruments(registers: Registry[]) {
  return {
    ended: new Counter({
      name: 'arno_gateway_calls_total',
      help: 'Calls by outcome, HTTP status code and error code of the gateway',
      labelNames: ['kind', 'mapping', 'outcome', 'code', 'error'],
      registers,
    }),
    inFlight: new Gauge({
      name: 'arno_gateway_calls_in_flight',
      help: 'Calls whose answer has not been sent to its end',
      labelNames: ['kind'],
      registers,
    }),
    durations: new Histogram({
      name: 'arno_gateway_call_duration_seconds',
      help: 'Time from the head of a request to the end of its answer; of an enqueue call, until it is queued',
      labelNames: ['kind', 'mapping'],
      buckets: callBuckets,
      registers,
    }),
    phases: new Histogram({
      name: 'arno_gateway_call_phase_duration_seconds',
      help: 'Time that calls spent in each phase',
      labelNames: ['kind', 'phase'],
      buckets: phaseBuckets,
      registers,
    }),
  };
}

function logInstruments(registers: Registry[]) {
  return {
    batches: new Histogram({
      name: 'arno_gateway_log_batch_rows',
      help: 'Rows of the log of calls that were written with one commit',
      buckets: batchBuckets,
      registers,
    }),
    writes: new Histogram({
      name: 'arno_gateway_log_write_duration_seconds',
      help: 'Time of a commit of the log of calls',
      buckets: phaseBuckets,
      registers,
    }),
  };
}
