import { useLocalStorage } from '@mantine/hooks';

/** What a person changed about a table's columns, by column id. */
export interface ColumnChoice {
  /** Columns shown or hidden against the page's own idea. */
  shown: Record<string, boolean>;
  /** Widths in percent of the table. */
  widths: Record<string, number>;
}

interface Choosable {
  id: string;
  /** Hidden until a person asks for it. */
  extra?: boolean;
}

const untouched: ColumnChoice = { shown: {}, widths: {} };

/** A person's columns of the table called `name`, kept in this browser. A table without a name keeps nothing. */
export function useColumnChoice(name: string | undefined) {
  const [choice, setChoice, reset] = useLocalStorage<ColumnChoice>({
    key: `arno.columns.${name ?? ''}`,
    defaultValue: untouched,
    getInitialValueInEffect: false,
    deserialize: readChoice,
  });
  return { choice: name === undefined ? untouched : choice, setChoice, reset };
}

export function isShown({ id, extra = false }: Choosable, { shown }: ColumnChoice): boolean {
  return shown[id] ?? !extra;
}

/** Storage may hold anything, also what an older version wrote. */
export function readChoice(text: string | undefined): ColumnChoice {
  try {
    const { shown, widths } = JSON.parse(text ?? '') as Partial<ColumnChoice>;
    return { shown: entriesOf(shown, 'boolean'), widths: entriesOf(widths, 'number') };
  } catch {
    return untouched;
  }
}

function entriesOf<Value>(object: Record<string, Value> | undefined, type: string): Record<string, Value> {
  return Object.fromEntries(Object.entries(object ?? {}).filter(([, value]) => typeof value === type));
}

const LEAST_PX = 56;

/**
 * Widths after the border between two neighbours was dragged: one takes what the other gives, so that the table always fits.
 *
 * @param pixels present widths of all columns on screen, by id
 * @param total width of the table, to which the answer's percents refer
 */
export function dragged(
  pixels: Record<string, number>,
  [left, right]: readonly [string, string],
  distance: number,
  total: number,
): Record<string, number> {
  const before = { left: pixels[left] ?? 0, right: pixels[right] ?? 0 };
  const moved = Math.min(Math.max(distance, LEAST_PX - before.left), Math.max(0, before.right - LEAST_PX));
  const after = { ...pixels, [left]: before.left + moved, [right]: before.right - moved };
  return Object.fromEntries(
    Object.entries(after).map(([id, width]) => [id, Math.round((width / total) * 10_000) / 100]),
  );
}
