import type { MappingUsage } from '@arno/protocol';

/** What breaks when some mappings are deleted together. */
export interface Breakage {
  calls: number;
  open: number;
  keys: number;
  /** Aliases of endpoints that no longer have a task to fall back to. */
  withoutFallback: string[];
  /** Aliases of endpoints that no machine is left for, and of those that others go on to serve. */
  withoutMachine: string[];
  withFewerMachines: string[];
}

interface Deleted {
  id: string;
  serving_task_id?: string;
}

/** Undefined when nothing hangs on them. */
export function breakageOf(usages: readonly MappingUsage[], rows: readonly Deleted[]): Breakage | undefined {
  const servingOf = new Map(rows.map(({ id, serving_task_id }) => [id, serving_task_id]));
  const together = (id: string) => rows.filter((row) => row.serving_task_id === servingOf.get(id)).length;
  const isLast = ({ id, other_machines }: MappingUsage) => other_machines < together(id);
  const sum = (pick: (usage: MappingUsage) => number) =>
    usages.reduce((total, usage) => total + pick(usage), 0);
  const aliases = (found: MappingUsage['endpoints'][]) =>
    [...new Set(found.flat().map(({ alias }) => alias))].sort();
  const breakage: Breakage = {
    calls: sum(({ calls_7d }) => calls_7d),
    open: sum(({ open_calls }) => open_calls),
    keys: sum(({ keys }) => keys),
    withoutFallback: aliases(usages.map(({ fallback_of }) => fallback_of)),
    withoutMachine: aliases(usages.filter(isLast).map(({ endpoints }) => endpoints)),
    withFewerMachines: aliases(usages.filter((usage) => !isLast(usage)).map(({ endpoints }) => endpoints)),
  };
  const hangsOn = Object.values(breakage).some((value) => (Array.isArray(value) ? value.length : value) > 0);
  return hangsOn ? breakage : undefined;
}
