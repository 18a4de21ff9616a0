import { Agent, type Dispatcher, errors } from 'undici';
import type { AddressRules } from '../features/mappings/index.ts';
import { ForbiddenAddressError, guardedConnector } from './connector.ts';
import { GatewayError } from './errors.ts';

/** Larger answers are refused, or cut off when their size was not announced. */
export const maxAnswerBytes = 64 * 1024 * 1024;
const connectionsPerMachine = 128;

export interface ModelRequest {
  /** Path of the model below a machine's base URL. */
  endpoint: string;
  body: Buffer;
  headers: Record<string, string>;
  /** Ends the request; its reason is the GatewayError that the call fails with. */
  signal: AbortSignal;
  /** Told each machine before it is tried. */
  onTry(machine: string): void;
}

export interface ModelAnswer extends Pick<Dispatcher.ResponseData, 'headers' | 'body'> {
  status: number;
}

/** The serving machines as the gateway sees them: a pool of connections and a count of pending calls for each. */
export class Machines {
  readonly #agent: Agent;
  readonly #pending = new Map<string, number>();
  #turn = 0;

  constructor(rules: AddressRules) {
    this.#agent = new Agent({
      connect: guardedConnector(rules),
      connections: connectionsPerMachine,
      maxResponseSize: maxAnswerBytes,
      // The deadline of the call rules alone.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * Sends a request to the machine with the least pending calls; once more to another one when the connection failed before
   * any byte of an answer.
   *
   * @param machines base URLs, at least one
   * @throws GatewayError machine_unavailable, bad_answer, or the reason of the signal
   */
  async send(machines: readonly string[], request: ModelRequest): Promise<ModelAnswer> {
    const [first = '', second] = this.#leastPending(machines);
    try {
      return await this.#post(first, request);
    } catch (error) {
      if (second === undefined || !isConnectionFailure(error)) throw machineFailure(error);
    }
    return this.#post(second, request).catch((error) => {
      throw machineFailure(error);
    });
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  /** Machines with as many pending calls take turns. */
  #leastPending(machines: readonly string[]): string[] {
    const start = this.#turn++ % machines.length;
    const inTurn = [...machines.slice(start), ...machines.slice(0, start)];
    const pending = (machine: string) => this.#pending.get(machine) ?? 0;
    return inTurn.sort((a, b) => pending(a) - pending(b));
  }

  async #post(
    machine: string,
    { endpoint, body, headers, signal, onTry }: ModelRequest,
  ): Promise<ModelAnswer> {
    onTry(machine);
    const url = new URL(`${machine}/${endpoint}`);
    const release = this.#take(machine);
    try {
      const answer = await this.#agent.request({
        origin: url.origin,
        path: url.pathname,
        method: 'POST',
        headers,
        body,
        signal,
      });
      // Whoever reads the body meets its errors; one that comes before that must not end the process.
      answer.body.once('close', release).on('error', () => {});
      return { status: answer.statusCode, headers: answer.headers, body: answer.body };
    } catch (error) {
      release();
      throw error;
    }
  }

  #take(machine: string): () => void {
    const count = (change: number) => {
      const pending = (this.#pending.get(machine) ?? 0) + change;
      if (pending > 0) this.#pending.set(machine, pending);
      else this.#pending.delete(machine);
    };
    count(1);
    return () => count(-1);
  }
}

// The machine closed the connection: before it answered, or in the middle of it.
const closedCodes = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);
const badAnswerCodes = /^UND_ERR_(HEADERS_OVERFLOW|RES_|INFO|RESPONSE)/;

function isConnectionFailure(error: unknown): boolean {
  return machineFailure(error).code === 'machine_unavailable' || closedCodes.has(codeOf(error));
}

/** What a failed request means to the caller; the system's words are for the log only. */
export function machineFailure(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  const code = codeOf(error);
  const detail = [code, (error as Error).message].filter(Boolean).join(': ');
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return new GatewayError(
      'bad_answer',
      `the model's answer is larger than ${maxAnswerBytes} bytes`,
      detail,
    );
  }
  if (closedCodes.has(code)) {
    return new GatewayError('bad_answer', 'the serving machine closed the connection', detail);
  }
  // A parser error has a code only when the parser itself gave one.
  if (error instanceof errors.HTTPParserError || badAnswerCodes.test(code)) {
    return new GatewayError('bad_answer', 'the serving machine did not answer in HTTP', detail);
  }
  if (error instanceof ForbiddenAddressError) {
    const why = 'the address of the serving machine is not allowed; an administrator must change it';
    return new GatewayError('machine_unavailable', why, detail);
  }
  return new GatewayError('machine_unavailable', 'the serving machine cannot be reached', detail);
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
