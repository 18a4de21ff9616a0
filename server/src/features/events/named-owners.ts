import type { Owner, OwnerIds, OwnerTable } from './access.ts';

/** Whom the events of a batch name. */
export class NamedOwners implements OwnerIds {
  /** Of each whether all its events may be added although it is published. */
  readonly #tables = { tasks: new Map<string, boolean>(), models: new Map<string, boolean>() };

  add(table: OwnerTable, id: string, allowLocked: boolean): void {
    const named = this.#tables[table];
    if (named.get(id) !== false) named.set(id, allowLocked);
  }

  get tasks(): string[] {
    return [...this.#tables.tasks.keys()];
  }

  get models(): string[] {
    return [...this.#tables.models.keys()];
  }

  /** Whether all events may be added to these owners. */
  fit(owners: ReadonlyMap<string, Owner>): boolean {
    return (['tasks', 'models'] as const).every((table) =>
      [...this.#tables[table]].every(([id, allowLocked]) => {
        const owner = owners.get(id);
        return owner?.table === table && (allowLocked || !owner.locked);
      }),
    );
  }
}
