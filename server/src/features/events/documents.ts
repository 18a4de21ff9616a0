import { sql } from 'kysely';

/** A plot, image or vector as a client sent it. */
export interface DocumentEvent {
  timestamp: number;
  type: string;
  task: string;
  iter: number;
  metric: string;
  variant: string;
  worker: string;
  key?: string;
  url?: string;
  [field: string]: unknown;
}

/** A row of event_documents as documentColumns() selects it. */
export interface DocumentRow {
  id: number;
  task_id: string;
  type: string;
  metric: string;
  variant: string;
  iter: number;
  key: string;
  ts: number;
  worker: string;
  url: string | null;
  document: Record<string, unknown>;
}

export const documentColumns = sql`id, task_id, type, metric, variant, iter, key, ts, worker, url, document`;

export function documentEvent(row: DocumentRow): DocumentEvent {
  const { task_id: task, type, metric, variant, iter, ts, worker, key, url } = row;
  return {
    ...row.document,
    timestamp: ts,
    type,
    task,
    iter,
    metric,
    variant,
    worker,
    ...(key === '' ? {} : { key }),
    ...(url === null ? {} : { url }),
  };
}
