import { ClearmlApiError } from '@arno/protocol/clearml';
import { GatewayError } from '../../errors.ts';
import { CircuitOpen } from './circuit.ts';

/** System errors of a request that never left: whatever it asked for was not done. */
const unsent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** What a mended key pair or a quieter hour would change. */
const passing = new Set([401, 403, 408, 429]);

const retryAfterSeconds = 5;

/** Whether the remote said no and would say so again. Refused credentials are for its administrator to mend. */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof ClearmlApiError && error.code >= 400 && error.code < 500 && !passing.has(error.code)
  );
}

/** Whether another try may get through: silence, a broken connection, an answer that is none, or an error of the remote's own. */
export function isOutage(error: unknown): boolean {
  if (error instanceof ClearmlApiError) return !isRefusal(error);
  if (error instanceof SyntaxError || error instanceof CircuitOpen) return true;
  return isSilence(error);
}

/** Whether there was no answer at all. */
export function isSilence(error: unknown): boolean {
  // What fetch throws.
  return error instanceof Error && (error.name === 'TimeoutError' || error instanceof TypeError);
}

/** Whether a request that failed has certainly changed nothing: it was refused, or never sent. */
export function isWithoutEffect(error: unknown): boolean {
  if (error instanceof ClearmlApiError) return error.code >= 400 && error.code < 500 && error.code !== 408;
  if (error instanceof CircuitOpen) return true;
  return error instanceof Error && unsent.has(causeOf(error)?.code ?? '');
}

/** An error to be thrown to a caller: an outage becomes a refusal of ours, any other error stays what it is. */
export function asRefusal(error: unknown): unknown {
  return isOutage(error) ? unavailable(error) : error;
}

/** What a caller is told of an outage; the reason, which may name addresses, is for admins. */
export function unavailable(error: unknown): GatewayError {
  const words = 'the ClearML server that runs the tasks does not answer; try again';
  const retryAfter = error instanceof CircuitOpen ? error.retryAfter : retryAfterSeconds;
  return new GatewayError('backend_unavailable', words, reasonOf(error), retryAfter);
}

/** Why a request did not get through, in a few words: fetch hides the reason in `cause`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = causeOf(error);
  return cause ? `${error.message}: ${cause.code ?? cause.message}` : error.message;
}

function causeOf({ cause }: Error): { code?: string; message?: string } | undefined {
  return typeof cause === 'object' && cause !== null ? cause : undefined;
}
