import type { InputConfig, TypedValue } from '../nodes/input.ts';
import type { Translate } from './editor.ts';
import { type Field, fieldsOf, isObject, textOf } from './schema.ts';

/** What is called, as far as its input is concerned. */
export interface Callable {
  input_schema?: unknown;
  example?: unknown;
}

interface Row {
  field: Field;
  input: JQuery;
}

const dynamicTypes = ['msg', 'flow', 'global', 'jsonata', 'env'] as const;

/** The input of a node: JSON, or a place that it comes from, or a form made from the schema of what is called. */
export class InputForm {
  readonly #t: Translate;
  /** What the node keeps of a form, also of fields that are not on screen because the list is missing. */
  #kept: Record<string, TypedValue>;
  #callable: Callable = {};
  #rows: Row[] = [];

  constructor(t: Translate, { inputType, fields = {} }: InputConfig) {
    this.#t = t;
    this.#kept = fields;
    const form = { value: 'form', label: t('input.form'), icon: 'fa fa-list-alt', hasValue: false };
    // Nodes of the lab's package say nothing of the type.
    if (!inputType) $('#node-input-inputType').val('json');
    $('#node-input-input')
      .typedInput({ types: ['json', form, ...dynamicTypes], typeField: '#node-input-inputType' })
      .on('change', () => this.#arrange());
    $('#arno-example').on('click', () => {
      this.#useExample();
    });
    this.show({});
  }

  /** Shows the fields of a task or model. What is filled in stays where the names are the same. */
  show(callable: Callable): void {
    this.#kept = { ...this.#kept, ...this.values() };
    this.#callable = callable;
    const container = $('#arno-fields').empty();
    this.#rows = fieldsOf(callable.input_schema, callable.example).map((field) => {
      const row = { field, input: this.#draw(container, field) };
      const value = this.#kept[field.name];
      if (value) fill(row, value);
      return row;
    });
    $('#arno-example-row').toggle(callable.example !== undefined);
    this.#arrange();
  }

  /** For what was just chosen: begins with its form and its example, unless something was typed in before. */
  begin(callable: Callable): void {
    this.show(callable);
    const isTouched = Object.keys(this.values()).length > 0 || this.#text !== '' || this.#type !== 'json';
    if (isTouched) return;
    if (this.#rows.length > 0) $('#node-input-input').typedInput('type', 'form');
    this.#useExample();
  }

  /** The filled-in fields. */
  values(): Record<string, TypedValue> {
    if (this.#rows.length === 0) return this.#kept;
    const entries = this.#rows.map(({ field, input }) => {
      const value = String(input.typedInput('value') ?? '');
      return [field.name, { type: String(input.typedInput('type')), value }] as const;
    });
    return Object.fromEntries(entries.filter(([, { value }]) => value !== ''));
  }

  get #type(): string {
    return String($('#node-input-input').typedInput('type'));
  }

  get #text(): string {
    return String($('#node-input-input').typedInput('value') ?? '').trim();
  }

  #arrange(): void {
    const isForm = this.#type === 'form';
    $('#arno-fields').toggle(isForm && this.#rows.length > 0);
    $('#arno-no-fields').toggle(isForm && this.#rows.length === 0);
    // What is written here or in a form has no bytes.
    $('#arno-bytes').toggle(!isForm && this.#type !== 'json');
  }

  #useExample(): void {
    const { example } = this.#callable;
    if (example === undefined) return;
    if (this.#type !== 'form' || !isObject(example)) {
      $('#node-input-input').typedInput('type', 'json');
      $('#node-input-input').typedInput('value', JSON.stringify(example));
      return;
    }
    for (const row of this.#rows) {
      const value = example[row.field.name];
      if (value !== undefined) fill(row, { type: row.field.type, value: textOf(value) });
    }
  }

  #draw(container: JQuery, field: Field): JQuery {
    const { name, title, description, isRequired, standard } = field;
    const id = `arno-field-${name}`;
    const label = $('<label>').attr('for', id).text(title);
    if (isRequired)
      label.append($('<span class="arno-required">').text(' *').attr('title', this.#t('input.required')));
    const input = $('<input type="text">').attr({ id, placeholder: standard });
    container.append($('<div class="form-row">').append(label, ' ', input));
    if (description) container.append($('<div class="arno-description">').text(description));
    input.typedInput({ types: [this.#literal(field), ...dynamicTypes], default: field.type });
    input.typedInput('width', '70%');
    return input;
  }

  /** The type of a value that is given as it is: a list where there is no other choice. */
  #literal({ type, choices, isRequired }: Field) {
    const values = choices ?? (type === 'bool' ? ['true', 'false'] : undefined);
    if (!values) return type;
    const options = values.map((value) => ({ value, label: value }));
    const none = { value: '', label: this.#t('input.none') };
    return {
      value: type,
      label: this.#t('input.choice'),
      options: isRequired ? options : [none, ...options],
    };
  }
}

function fill({ input }: Row, { type, value }: TypedValue): void {
  input.typedInput('type', type);
  input.typedInput('value', value);
}
