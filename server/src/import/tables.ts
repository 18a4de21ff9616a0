import type { Scope } from '../clearml/endpoint.ts';
import type { TaskSource } from '../features/mappings/index.ts';
import type { AddressRules } from '../platform/addresses.ts';
import type { Report } from './report.ts';
import type { SqliteFile } from './sqlite.ts';

export interface ImportOptions {
  /** An administrator, and the transaction that all is written in. */
  scope: Scope;
  tasks: TaskSource;
  addresses: AddressRules;
  /** As in the log of calls: days that it keeps (0 keeps all), and characters of each body. */
  retentionDays: number;
  bodyChars: number;
}

/** Whether a table has what is read of it; the report says what it lacks. */
export function isReadable(
  file: SqliteFile,
  report: Report,
  table: string,
  columns: readonly string[],
): boolean {
  const missing = file.missingColumns(table, columns);
  if (missing?.length === 0) return true;
  report.faults.push(
    missing ? `${table}: skipped: it has no ${missing.join(', ')}` : `${table}: there is no such table`,
  );
  return false;
}
