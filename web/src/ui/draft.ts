/**
 * What is typed into a form, kept over a reload of the page, in this tab only. Never for a form with a secret in it.
 *
 *     const draft = draftOf<Values>('task-mapping/new');
 *     const form = useForm({ initialValues: draft.restore(empty), onValuesChange: draft.keep });
 *     save.mutate(values, { onSuccess: draft.forget });
 */
export function draftOf<Values extends object>(name: string) {
  const key = `arno.draft.${name}`;
  return {
    /** The draft over the values a form would begin with; fields it does not know are left out. */
    restore: (values: Values): Values => ({ ...values, ...matching(values, stored(key)) }),
    keep: (values: Values) => store(key, JSON.stringify(values)),
    /** To be called when it was saved or thrown away. */
    forget: () => store(key, undefined),
  };
}

/** An older version may have kept other fields, or other kinds of them. */
function matching(values: object, draft: Record<string, unknown>): object {
  const before = Object.entries(values);
  return Object.fromEntries(
    before
      .filter(([name, value]) => Object.hasOwn(draft, name) && kindOf(draft[name]) === kindOf(value))
      .map(([name]) => [name, draft[name]]),
  );
}

const kindOf = (value: unknown) =>
  Array.isArray(value) ? 'list' : value === null ? 'nothing' : typeof value;

function stored(key: string): Record<string, unknown> {
  try {
    const draft: unknown = JSON.parse(sessionStorage.getItem(key) ?? '');
    return typeof draft === 'object' && draft !== null ? { ...draft } : {};
  } catch {
    return {};
  }
}

function store(key: string, text: string | undefined): void {
  try {
    if (text === undefined) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // Storage can be forbidden or full; the form works without it.
  }
}
