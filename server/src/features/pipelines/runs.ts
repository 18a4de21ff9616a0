import type { Scope } from '../../clearml/endpoint.ts';
import { readable } from '../../clearml/rights.ts';

/** Ids of the runs of the pipeline that has this project, as far as the caller may see them. */
export async function runsIn(scope: Scope, project: string): Promise<string[]> {
  const rows = await scope.db
    .selectFrom('tasks')
    .select('id')
    .where('project', '=', project)
    .where('type', '=', 'controller')
    .where(readable(scope, 'tasks'))
    .execute();
  return rows.map(({ id }) => id);
}

/** Names of the controllers beside this run. */
export async function runNames(
  scope: Scope,
  { company, project }: { company: string; project: string | null },
): Promise<string[]> {
  const rows = await scope.db
    .selectFrom('tasks')
    .select('name')
    .where('company', '=', company)
    .where('project', 'is not distinct from', project)
    .where('type', '=', 'controller')
    .execute();
  return rows.map(({ name }) => name);
}

/** `train` or `train #2` -> `train #3`, where 2 is the highest number among the names; the SDK numbers its runs so too. */
export function nextRunName(name: string, existing: readonly string[]): string {
  const { base } = numbered(name);
  const numbers = existing.map(numbered).filter((run) => run.base === base);
  return `${base} #${Math.max(1, ...numbers.map(({ number }) => number)) + 1}`;
}

function numbered(name: string): { base: string; number: number } {
  const [, base = name, number = '1'] = /^(.*) #(\d{1,9})$/s.exec(name) ?? [];
  return { base, number: Number(number) };
}
