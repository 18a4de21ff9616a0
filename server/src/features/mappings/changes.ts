import type { AuditAction, AuditSubject } from '@arno/protocol';
import type { Scope } from '../../clearml/endpoint.ts';
import { recordChange } from '../audit/index.ts';
import type { MappingTable } from './store.ts';

type Row = Record<string, unknown>;

export const subjectOf = {
  task_mappings: 'task_mapping',
  endpoint_mappings: 'endpoint_mapping',
  machine_mappings: 'machine_mapping',
} as const satisfies Record<MappingTable, AuditSubject>;

/** Of no interest in the audit list, or none of its business. */
const leftOut = new Set(['id', 'company', 'created', 'updated', 'callback_secret']);

/** What people know a mapping by. */
function nameOf(row: object): string {
  const { alias, base_url } = row as { alias?: string; base_url?: string };
  return alias ?? base_url ?? '';
}

/** Writes a change of a mapping into the audit list; answers the entry's id. */
export function recordMapping(
  scope: Scope,
  table: MappingTable,
  action: AuditAction,
  { before, after }: { before?: object; after?: object },
): Promise<number | undefined> {
  const row = (after ?? before) as Row;
  const isWhole = !before || !after;
  const state = (of: object | undefined) => of && stateOf(of as Row, isWhole);
  return recordChange(scope, {
    ...{ action, subject: subjectOf[table], id: row.id as string, name: nameOf(row) },
    ...{ before: state(before), after: state(after) },
  });
}

/** @param isWhole without what is empty, since nothing is compared with it */
function stateOf(row: Row, isWhole: boolean): Row {
  const shown = Object.entries(row).filter(([name]) => !leftOut.has(name));
  return Object.fromEntries(isWhole ? shown.filter(([, value]) => !isEmpty(value)) : shown);
}

function isEmpty(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}
