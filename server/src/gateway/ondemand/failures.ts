import { errors } from 'undici';
import { ForbiddenAddressError } from '../../platform/connector.ts';
import { GatewayError } from '../errors.ts';
import { BadAnswerError } from '../upstream/answer-head.ts';
import { ClosedError } from '../upstream/connection.ts';

/** No machine carries the model: none is registered, all are ejected, or no connection to one could be opened. */
export class NoMachineError extends GatewayError {
  constructor(message: string, detail?: string, retryAfter?: number) {
    super('machine_unavailable', message, detail, retryAfter);
    this.name = 'NoMachineError';
  }
}

const badAnswerCodes = /^UND_ERR_(HEADERS_OVERFLOW|RES_|INFO|RESPONSE)/;

/** Whether the connection could not be opened, or closed: then another machine may be asked, if there was no answer yet. */
export function isConnectionFailure(error: unknown): boolean {
  return isClosed(error) || machineFailure(error) instanceof NoMachineError;
}

/** Whether the machine closed the connection, before its answer or in the middle of it. Checks go over undici's connections. */
function isClosed(error: unknown): boolean {
  return error instanceof ClosedError || codeOf(error) === 'UND_ERR_SOCKET';
}

/** What a failed request means to the caller; the system's words are for the log only. */
export function machineFailure(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  const code = codeOf(error);
  const detail = [code, (error as Error).message].filter(Boolean).join(': ');
  if (isClosed(error)) {
    return new GatewayError('bad_answer', 'the serving machine closed the connection', detail);
  }
  // A parser error has a code only when the parser itself gave one.
  if (
    error instanceof BadAnswerError ||
    error instanceof errors.HTTPParserError ||
    badAnswerCodes.test(code)
  ) {
    return new GatewayError('bad_answer', 'the serving machine did not answer in HTTP', detail);
  }
  if (error instanceof ForbiddenAddressError) {
    const why = 'the address of the serving machine is not allowed; an administrator must change it';
    return new NoMachineError(why, detail);
  }
  return new NoMachineError('the serving machine cannot be reached', detail);
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

export function callerGone(): GatewayError {
  return new GatewayError('client_closed', 'the caller went away before the answer');
}
