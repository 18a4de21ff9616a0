import { basePath } from '../app/base.ts';

/** The console API refused a request. `status` 0 never occurs here: a lost connection is fetch's own TypeError. */
export class ConsoleApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;

  constructor(status: number, code: string, message: string, field?: string) {
    super(message);
    this.name = 'ConsoleApiError';
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
const TIMEOUT_MS = 30_000;

/**
 * One request to `/console/v1/<path>` with the session cookie of this origin.
 * Rejects with ConsoleApiError for an error answer, with TypeError or a TimeoutError when no answer came.
 */
export async function consoleApi<Answer>(
  method: Method,
  path: string,
  options: { body?: unknown; signal?: AbortSignal } = {},
): Promise<Answer> {
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  // The server tells by the type of its body that a POST was not made up by a page elsewhere.
  const body = options.body ?? (method === 'POST' ? {} : undefined);
  const response = await fetch(`${basePath}/console/v1/${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
    signal: options.signal ? AbortSignal.any([options.signal, deadline]) : deadline,
  });
  const text = await response.text();
  if (!response.ok) throw toError(response.status, text);
  return (text ? JSON.parse(text) : undefined) as Answer;
}

/** Builds `path?a=1&b=2`, leaving out what is undefined or empty. */
export function withQuery(path: string, query: Record<string, string | number | undefined>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(key, String(value));
  }
  return search.size ? `${path}?${search}` : path;
}

/** An answer that is an error, by its body. */
export function toError(status: number, text: string): ConsoleApiError {
  try {
    const { error } = JSON.parse(text) as { error: { code: string; message: string; field?: string } };
    return new ConsoleApiError(status, error.code, error.message, error.field);
  } catch {
    // A proxy in between answers with its own page; its text would not help anyone.
    return new ConsoleApiError(status, 'no_answer', `HTTP ${status}`);
  }
}
