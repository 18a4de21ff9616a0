import type { Translate } from './editor.ts';

/** One entry of a list. */
export interface Option {
  value: string;
  label: string;
}

export interface ChoiceOptions {
  /** Selector of the list. */
  select: string;
  /** Selector of the text field that keeps the value. */
  input: string;
  /** Selector of what is shown for a value that is not in the list. */
  other: string;
  /** What is shown there is the value itself, and not something in its place. */
  isOtherValue: boolean;
  /** What the list says for no value. */
  empty: string;
  t: Translate;
  onChange(value: string): void;
}

const byHand = '\u0000';

/**
 * A text field with a list before it: what is in the list is chosen there, everything else is typed in. A value stays as it is while the
 * list is missing, because a server that does not answer must not change a flow.
 */
export class Choice {
  readonly #options: ChoiceOptions;

  constructor(options: ChoiceOptions) {
    this.#options = options;
    const { select, input, onChange, isOtherValue } = options;
    $(select).on('change', () => {
      const value = String($(select).val() ?? '');
      if (value !== byHand) $(input).val(value);
      else if (!isOtherValue) $(input).val('');
      this.#showOther();
      onChange(this.value);
    });
    $(input).on('change', () => onChange(this.value));
    this.fill([]);
  }

  get value(): string {
    return String($(this.#options.input).val() ?? '').trim();
  }

  /**
   * Shows the entries.
   *
   * @param empty other words for no value
   * @param isOther what counts stands in place of the value
   */
  fill(entries: Option[], { empty = this.#options.empty, isOther = false } = {}): void {
    const { select, t } = this.#options;
    const { value } = this;
    const isKnown = value === '' || entries.some((entry) => entry.value === value);
    const rows = [
      { value: '', label: empty },
      ...entries,
      ...(isKnown ? [] : [{ value, label: value }]),
      { value: byHand, label: t('choice.other') },
    ];
    $(select)
      .empty()
      .append(rows.map((row) => $('<option>').val(row.value).text(row.label)))
      .val(isOther ? byHand : value);
    this.#showOther();
  }

  #showOther(): void {
    const { select, other } = this.#options;
    $(other).toggle($(select).val() === byHand);
  }
}
