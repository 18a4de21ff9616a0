/** Parameters of a task, by section and name, as the ClearML API has them. */
export type Hyperparams = Record<
  string,
  Record<string, { name?: string; value?: string; description?: string }>
>;

/** What a call may send and does, as a schema and an example. */
export interface Proposal {
  schema: object;
  example: Record<string, unknown>;
}

/**
 * A schema from the parameters that a task has itself: a call changes those of the section General. All are optional, since the
 * task's own values hold for what a call leaves out.
 *
 * @returns undefined for a task without such parameters
 */
export function proposalFrom(hyperparams: Hyperparams | undefined): Proposal | undefined {
  const parameters = Object.entries(hyperparams?.General ?? {});
  if (parameters.length === 0) return undefined;
  const named = parameters.map(([key, { name = key, value = '', description }]) => ({
    ...{ name, description, value: meant(value) },
  }));
  const properties = Object.fromEntries(
    named.map(({ name, value, description }) => [
      name,
      { ...typeOf(value), ...(description && { description }) },
    ]),
  );
  return {
    schema: { type: 'object', properties, additionalProperties: false },
    example: Object.fromEntries(named.map(({ name, value }) => [name, value])),
  };
}

/** Parameters are stored as texts. */
function meant(text: string): unknown {
  if (/^(True|False)$/.test(text)) return text === 'True';
  try {
    const value: unknown = JSON.parse(text);
    return value === null ? text : value;
  } catch {
    return text;
  }
}

function typeOf(value: unknown): object {
  if (Array.isArray(value)) return { type: 'array', ...(value.length > 0 && { items: itemType(value) }) };
  if (typeof value === 'number') return { type: Number.isInteger(value) ? 'integer' : 'number' };
  return { type: typeof value };
}

/** Numbers with and without a fraction are numbers; anything else mixed may be anything. */
function itemType(values: readonly unknown[]): object {
  const types = new Set(values.map((value) => (typeof value === 'number' ? 'number' : typeof value)));
  const [type] = types;
  return types.size === 1 && type !== 'object' ? { type } : {};
}
