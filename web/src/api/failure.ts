import { ClearmlApiError, clearmlErrors } from '@arno/protocol/clearml';
import { ConsoleApiError, consoleApi } from './console.ts';

/** What a failed request means for the person: `offline` heals by itself, `login` needs a new session. */
export type FailureKind = 'offline' | 'login' | 'forbidden' | 'missing' | 'refused';

export interface Failure {
  kind: FailureKind;
  /** The server's own words, for `refused`. */
  detail: string;
}

const MISSING_SUBCODES: readonly number[] = [
  clearmlErrors.invalid_task_id[1],
  clearmlErrors.task_not_found[1],
  clearmlErrors.invalid_project_id[1],
];

export function toFailure(error: unknown): Failure {
  const detail = error instanceof Error ? error.message : String(error);
  return { kind: kindOf(error), detail };
}

function kindOf(error: unknown): FailureKind {
  if (error instanceof ConsoleApiError) return kindOfStatus(error.status);
  if (error instanceof ClearmlApiError) {
    if (error.code === 400 && MISSING_SUBCODES.includes(error.subcode)) return 'missing';
    return kindOfStatus(error.code);
  }
  const lost = isLostFetch(error) || (error instanceof DOMException && error.name === 'TimeoutError');
  return lost ? 'offline' : 'refused';
}

/** A fetch without an answer is a TypeError, and so is many a fault of a program: only the browser's words tell them apart. */
function isLostFetch(error: unknown): boolean {
  return error instanceof TypeError && /fetch|network|load failed|import/i.test(error.message);
}

/** 0 is ClearmlApiError's "something answered that is not our API"; 502-504 come from a proxy before a dead server. */
function kindOfStatus(status: number): FailureKind {
  if (status === 0 || (status >= 502 && status <= 504)) return 'offline';
  if (status === 401) return 'login';
  if (status === 403) return 'forbidden';
  return status === 404 ? 'missing' : 'refused';
}

/** Whether the server answers anything at all just now. */
export function isAnswering(): Promise<boolean> {
  return consoleApi('GET', 'me').then(
    () => true,
    (error) => toFailure(error).kind !== 'offline',
  );
}
