import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CallKind, CallMeasure } from '../log/call.ts';
import { FastHistogram, type HistogramSeries } from './fast-histogram.ts';

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

const kinds = ['enqueue', 'ondemand'] satisfies CallKind[];

/** What calls of one kind are counted in. */
interface KindCounts {
  inFlight: number;
  /** By mapping. */
  durations: Map<string, HistogramSeries>;
  phases: Map<string, HistogramSeries>;
}

/** Calls that ended in one way. */
interface Ended {
  labels: Record<'kind' | 'mapping' | 'outcome' | 'code' | 'error', string | number>;
  count: number;
}

/** What the gateway counts in this process, since its start. Prometheus adds up the replicas. */
export class GatewayMetrics {
  readonly #histograms: ReturnType<typeof callHistograms>;
  readonly #log: ReturnType<typeof logInstruments>;
  readonly #callbackTries: Counter<'outcome'>;
  readonly #kinds: Record<CallKind, KindCounts> = { enqueue: emptyCounts(), ondemand: emptyCounts() };
  readonly #ended = new Map<string, Ended>();
  #lastEnded: Ended | undefined;
  readonly #mappings = new Set<string>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.#countCalls(registers);
    this.#histograms = callHistograms(registers);
    this.#log = logInstruments(registers);
    this.#callbackTries = new Counter({
      name: 'arno_gateway_callback_tries_total',
      help: 'Attempts to tell a caller of the end of a call',
      labelNames: ['outcome'],
      registers,
    });
    // Without them a rate would miss what happens first.
    for (const outcome of ['ok', 'failed']) this.#callbackTries.inc({ outcome }, 0);
  }

  /** Numbers that are kept here, where adding to them costs little, and read when they are asked for. */
  #countCalls(registers: Registry[]): void {
    const [ended, byKind] = [this.#ended, this.#kinds];
    new Counter({
      name: 'arno_gateway_calls_total',
      help: 'Calls by outcome, HTTP status code and error code of the gateway',
      labelNames: ['kind', 'mapping', 'outcome', 'code', 'error'],
      registers,
      collect() {
        this.reset();
        for (const { labels, count } of ended.values()) this.inc(labels, count);
      },
    });
    new Gauge({
      name: 'arno_gateway_calls_in_flight',
      help: 'Calls whose answer has not been sent to its end',
      labelNames: ['kind'],
      registers,
      collect() {
        for (const kind of kinds) this.set({ kind }, byKind[kind].inFlight);
      },
    });
  }

  /** Calls of models that have come and are not answered to their end. */
  get modelCallsInFlight(): number {
    return this.#kinds.ondemand.inFlight;
  }

  /** A call has come; tells how to say that its connection is done with it. */
  began(kind: CallKind): () => void {
    const counts = this.#kinds[kind];
    counts.inFlight++;
    return () => void counts.inFlight--;
  }

  /** A call is over, or its task queued. To be told once a call. */
  ended({ kind, alias, outcome, status, error = '', durationMs, phases }: CallMeasure): void {
    const mapping = this.#nameOf(alias);
    this.#count(kind, mapping, outcome, status, error);
    const counts = this.#kinds[kind];
    const durations = counts.durations.get(mapping) ?? this.#beginDurations(kind, mapping);
    durations.observe(durationMs / 1000);
    for (const phase in phases) {
      const series = counts.phases.get(phase) ?? this.#beginPhase(kind, phase);
      series.observe((phases[phase] as number) / 1000);
    }
  }

  #beginDurations(kind: CallKind, mapping: string): HistogramSeries {
    const series = this.#histograms.durations.series({ kind, mapping });
    this.#kinds[kind].durations.set(mapping, series);
    return series;
  }

  #beginPhase(kind: CallKind, phase: string): HistogramSeries {
    const series = this.#histograms.phases.series({ kind, phase });
    this.#kinds[kind].phases.set(phase, series);
    return series;
  }

  #count(kind: CallKind, mapping: string, outcome: string, code: number, error: string): void {
    // Most calls end as the one before did, and to see that costs less than a key.
    const last = this.#lastEnded?.labels;
    const isSame = last?.mapping === mapping && last.code === code && last.error === error;
    if (!this.#lastEnded || !isSame || last.outcome !== outcome || last.kind !== kind) {
      this.#lastEnded = this.#endedAs({ kind, mapping, outcome, code, error });
    }
    this.#lastEnded.count++;
  }

  #endedAs(labels: Ended['labels']): Ended {
    const key = Object.values(labels).join(' ');
    let ended = this.#ended.get(key);
    if (!ended) {
      ended = { labels, count: 0 };
      this.#ended.set(key, ended);
    }
    return ended;
  }

  /** A request was turned away before it became a call. */
  turnedAway(kind: CallKind, status: number, error: string): void {
    this.#count(kind, unknownMapping, 'failed', status, error);
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

function emptyCounts(): KindCounts {
  return { inFlight: 0, durations: new Map(), phases: new Map() };
}

function callHistograms(registers: Registry[]) {
  return {
    durations: new FastHistogram({
      name: 'arno_gateway_call_duration_seconds',
      help: 'Time from the head of a request to the end of its answer; of an enqueue call, until it is queued',
      buckets: callBuckets,
      registers,
    }),
    phases: new FastHistogram({
      name: 'arno_gateway_call_phase_duration_seconds',
      help: 'Time that calls spent in each phase',
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
