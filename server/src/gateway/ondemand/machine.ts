import type { MachineState } from '@arno/protocol';
import type { ServingMachine } from '../../features/mappings/index.ts';
import type { Connector } from '../../platform/connector.ts';
import { GatewayError } from '../errors.ts';
import { KeptClosedError, type Request } from '../upstream/connection.ts';
import { Connections } from '../upstream/connections.ts';
import type { CallEnd } from './call-end.ts';
import { Exchange, type ExchangeOptions, type ModelAnswer, passedHeaders } from './exchange.ts';
import { machineFailure, NoMachineError } from './failures.ts';
import { MachineHealth } from './health.ts';
import type { RequestBody } from './request-body.ts';

/** Shorter than what model servers keep an idle connection for (gunicorn 2 s, uvicorn 5 s), unless they say how long they do. */
const idleConnectionMs = 1_500;
const wantedHeaders = new Set(['content-length', ...passedHeaders]);
const notInUrl = /[^\x21-\x7e]+/gu;
/** Answers of a proxy before the machine that could not reach it. */
const unreachableStatuses = new Set([502, 504]);

export interface ModelRequest extends Pick<ExchangeOptions, 'maxAnswerBytes'>, Pick<Request, 'isWary'> {
  /** Path of the model below a machine's base URL; imported ones may have characters that stand in no URL. */
  endpoint: string;
  body: RequestBody;
  headers: Record<string, string>;
  /** Ends the request; its reason is the error of the answer. */
  end: CallEnd;
}

export interface MachineOptions {
  connect: Connector;
  /** Calls that it may have pending. Each has a connection; there is no queue in which more could pile up. */
  maxPending: number;
  /** Told when a call got no answer in its time, which a check may explain. */
  onDoubt: () => void;
}

/** A serving machine as the gateway sees it: connections, pending calls, health. */
export class Machine {
  readonly address: ServingMachine;
  readonly health = new MachineHealth();
  readonly #path: string;
  readonly #connections: Connections;
  readonly #maxPending: number;
  readonly #onDoubt: () => void;
  #pending = 0;

  constructor(address: ServingMachine, { connect, maxPending, onDoubt }: MachineOptions) {
    this.address = address;
    const url = new URL(address.base_url);
    this.#path = url.pathname.replace(/\/$/, '');
    this.#maxPending = maxPending;
    this.#onDoubt = onDoubt;
    this.#connections = new Connections(url, { connect, wanted: wantedHeaders, idleMs: idleConnectionMs });
  }

  /** Pending calls, and those that lately got no answer: nobody queues behind them if there is another machine. */
  get load(): number {
    return this.#pending + this.health.doubt;
  }

  get isFull(): boolean {
    return this.#pending >= this.#maxPending;
  }

  get takesCalls(): boolean {
    return !this.isFull && this.health.admits;
  }

  /** Sends a request. The answer is rejected with the connection's error, or with what ended the call. */
  send({ endpoint, body, headers, isWary = false, maxAnswerBytes, end }: ModelRequest): Promise<ModelAnswer> {
    const wasTrial = this.health.begin();
    this.#pending++;
    const exchange = new Exchange({
      maxAnswerBytes,
      onEvent: () => end.prolong(),
      onEnd: (error) => {
        this.#pending--;
        this.#judge(exchange, error, wasTrial, body);
      },
    });
    end.passTo((reason) => exchange.abort(reason));
    // A trial is over when there is an answer; a stream of events may go on for hours.
    if (wasTrial)
      exchange.answer.then(
        ({ status }) => this.#judgeStatus(status),
        () => {},
      );
    const path = `${this.#path}/${endpoint.replace(notInUrl, encodeURIComponent)}`;
    this.#connections.send({ path, headers, body, isWary }, exchange);
    return exchange.answer;
  }

  report(): MachineState {
    return { ...this.health.report(), pending: this.#pending };
  }

  /** Lets pending calls end. */
  close(): Promise<void> {
    return this.#connections.close();
  }

  destroy(): Promise<void> {
    return this.#connections.destroy();
  }

  /** What the end of a call says of the machine. */
  #judge({ status }: Exchange, error: unknown, wasTrial: boolean, body: RequestBody): void {
    const { health } = this;
    if (error === undefined) this.#judgeStatus(status);
    else if (error instanceof GatewayError) {
      if (error.code === 'deadline_exceeded' && status === 0 && !isAwaited(body)) {
        health.wasSilent(wasTrial, error.message);
        this.#onDoubt();
      } else health.inconclusive(wasTrial);
    } else if (error instanceof KeptClosedError) health.inconclusive(wasTrial);
    else {
      const failure = machineFailure(error);
      const trouble = failure instanceof NoMachineError ? 'unreachable' : 'misbehaving';
      health.failed(trouble, failure.detail ?? failure.message);
    }
  }

  #judgeStatus(status: number): void {
    if (!unreachableStatuses.has(status)) this.health.succeeded();
    else this.health.failed('behind a proxy', `a proxy before the machine answered with HTTP ${status}`);
  }
}

/** Whether it was the caller who had not sent all of it. A stream that the machine does not take is not flowing. */
function isAwaited(body: RequestBody): boolean {
  return !Buffer.isBuffer(body) && body.readableFlowing === true && !body.readableEnded;
}
