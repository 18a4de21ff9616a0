import type { Scope } from '../clearml/endpoint.ts';
import {
  type Imported,
  importEndpointMapping,
  importMachineMapping,
  importTaskMapping,
} from '../features/mappings/index.ts';
import { importLogs } from './clearml-utils-logs.ts';
import type { Report } from './report.ts';
import { atSavepoint, faultOfRow } from './savepoint.ts';
import type { SqliteFile, SqliteRow } from './sqlite.ts';
import { type ImportOptions, isReadable } from './tables.ts';

/**
 * Reads the database of the lab's ClearML Utils: its mappings, then its logs, which name them. A row that is wrong is reported and
 * left out; what was imported before stays as it is.
 */
export async function importClearmlUtils(
  file: SqliteFile,
  options: ImportOptions,
  report: Report,
): Promise<void> {
  const { scope, tasks, addresses } = options;
  const common = ['serving_machine_task_id', 'description'] as const;
  await eachRow(scope, file, report, 'task_mappings', {
    columns: ['hashed_task_id', 'task_id', 'default_queue', 'description'],
    take: ({ hashed_task_id: publicId, task_id, default_queue: queue, description }) =>
      importTaskMapping(scope, tasks, { publicId, taskId: task_id.trim(), queue: queue.trim(), description }),
  });
  await eachRow(scope, file, report, 'endpoint_mappings', {
    columns: [...common, 'endpoint', 'hashed_machine_id'],
    take: ({ serving_machine_task_id: id, endpoint, hashed_machine_id: publicId, description }) =>
      importEndpointMapping(scope, tasks, {
        publicId,
        servingTaskId: id.trim(),
        endpoint: endpoint.trim(),
        description,
      }),
  });
  await eachRow(scope, file, report, 'machine_mappings', {
    columns: [...common, 'base_url'],
    take: ({ serving_machine_task_id: id, base_url, description }) => {
      const machine = { servingTaskId: id.trim(), baseUrl: base_url.trim(), description };
      return importMachineMapping(scope, tasks, addresses, machine);
    },
  });
  await importLogs(file, options, report);
}

interface Table<Column extends string> {
  columns: readonly Column[];
  take(values: Record<Column, string>): Promise<Imported>;
}

async function eachRow<Column extends string>(
  scope: Scope,
  file: SqliteFile,
  report: Report,
  table: string,
  { columns, take }: Table<Column>,
): Promise<void> {
  if (!isReadable(file, report, table, columns)) return;
  for (const row of file.rows(table, columns)) await takeRow(scope, report, table, row, take);
}

async function takeRow<Column extends string>(
  { db }: Scope,
  report: Report,
  table: string,
  { number, values }: SqliteRow<Column>,
  take: Table<Column>['take'],
): Promise<void> {
  try {
    const { isNew, notes } = await atSavepoint(db, () => take(values));
    report.add(table, number, isNew ? 'taken' : 'there', notes);
  } catch (error) {
    report.add(table, number, 'not taken', [faultOfRow(error)]);
  }
}
