import type { MappingRow, MappingTable, TaskSource } from '../features/mappings/index.ts';

/** Mappings with the names that their tasks have on another ClearML server; as they are when the tasks are our own. */
export async function withTaskNames<Table extends MappingTable>(
  { namesOf }: TaskSource,
  rows: MappingRow<Table>[],
): Promise<MappingRow<Table>[]> {
  if (!namesOf || rows.length === 0) return rows;
  const names = await namesOf([...new Set(rows.map(taskOf))]);
  return rows.map((row) => ({ ...row, task_name: names.get(taskOf(row)) ?? row.task_name }));
}

/** Each kind of mapping has one of these. */
function taskOf(row: object): string {
  const { task_id, serving_task_id = '' } = row as { task_id?: string; serving_task_id?: string };
  return task_id ?? serving_task_id;
}
