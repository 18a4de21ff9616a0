import { ActionIcon, Button, Fieldset, Select, Switch, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { JsonField } from './JsonField.tsx';
import { NumberField } from './NumberField.tsx';
import {
  type FieldShape,
  firstValue,
  isObject,
  propertiesOf,
  type Schema,
  shapeOf,
  unnamedIn,
  withProperty,
} from './schema.ts';
import styles from './try.module.css';

export interface PartProps {
  /** How it is called; the whole input has no name. */
  name: string | undefined;
  schema: unknown;
  /** The whole schema, which references lead into. */
  root: Schema;
  /** Undefined when it is left out. */
  value: unknown;
  onChange: (value: unknown) => void;
  required: boolean;
  /** JSON pointer into the input, by which the server names what does not fit. */
  path: string;
  faults: ReadonlyMap<string, string>;
  depth: number;
  /** An item of a list, known by its place: its name is only read aloud. */
  isItem?: boolean;
}

/** One part of an input, with all below it, as fields. */
export function SchemaField(props: PartProps) {
  const shape = shapeOf(props.schema, props.root, props.depth);
  switch (shape.kind) {
    case 'object':
      return <ObjectPart {...props} shape={shape} />;
    case 'list':
      return <ListPart {...props} shape={shape} />;
    case 'json':
      return <JsonPart {...props} shape={shape} />;
    default:
      return <SimplePart {...props} shape={shape} />;
  }
}

type ShapedProps = PartProps & { shape: FieldShape };

function ObjectPart({ shape, ...props }: ShapedProps) {
  const { t } = useTranslation();
  const { name, value, onChange, path, root, depth, required } = props;
  const inside = isObject(value) ? value : {};
  const more = unnamedIn(shape.schema, value);
  if (name !== undefined && !required && value === undefined) return <AddPart {...props} shape={shape} />;
  const fields = (
    <div className={styles.fields}>
      {propertiesOf(shape.schema).map((part) => (
        <SchemaField
          key={part.name}
          {...props}
          name={part.name}
          schema={part.schema}
          root={root}
          value={inside[part.name]}
          required={part.required}
          path={`${path}/${part.name.replaceAll('~', '~0').replaceAll('/', '~1')}`}
          depth={depth + 1}
          isItem={false}
          onChange={(next) => onChange(withProperty(inside, part.name, next))}
        />
      ))}
      {more.length > 0 && <p className="dim">{t('mappings.try.more', { names: more.join(', ') })}</p>}
      <PartFault {...props} />
    </div>
  );
  return name === undefined ? (
    fields
  ) : (
    <Fieldset legend={<Legend {...props} />} classNames={{ root: styles.group ?? '' }}>
      {shape.description && <p className={styles.about}>{shape.description}</p>}
      {fields}
    </Fieldset>
  );
}

function ListPart({ shape, ...props }: ShapedProps) {
  const { t } = useTranslation();
  const { name, value, onChange, path, root, depth, required } = props;
  const items = Array.isArray(value) ? value : [];
  if (name !== undefined && !required && value === undefined) return <AddPart {...props} shape={shape} />;
  const { items: schema } = shape.schema;
  // Hundreds of fields help nobody, and a list of lists is a table that is better typed as text.
  const inner = shapeOf(schema, root, depth + 1).kind;
  if (items.length > 30 || inner === 'list' || inner === 'json') return <JsonPart {...props} shape={shape} />;
  return (
    <Fieldset legend={<Legend {...props} />} classNames={{ root: styles.group ?? '' }}>
      {shape.description && <p className={styles.about}>{shape.description}</p>}
      <div className={styles.fields}>
        {items.map((item, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: items of a JSON list are known by their place alone
          <div key={place} className={styles.item}>
            <SchemaField
              {...props}
              name={`${name ?? ''} ${place + 1}`.trim()}
              isItem
              schema={schema}
              value={item}
              required
              path={`${path}/${place}`}
              depth={depth + 1}
              onChange={(next) => onChange(items.with(place, next))}
            />
            <RemoveButton place={place} onClick={() => onChange(items.toSpliced(place, 1))} />
          </div>
        ))}
        <PartFault {...props} />
        <AddButton
          words={t('mappings.try.addItem')}
          onClick={() => onChange([...items, firstValue(schema, root, depth + 1)])}
        />
      </div>
    </Fieldset>
  );
}

function RemoveButton({ place, onClick }: { place: number; onClick: () => void }) {
  const { t } = useTranslation();
  return (
    <ActionIcon aria-label={t('mappings.try.removeItem', { place: place + 1 })} onClick={onClick}>
      <IconX size={15} />
    </ActionIcon>
  );
}

function AddButton({
  words,
  title,
  onClick,
}: {
  words: string;
  title?: string | undefined;
  onClick: () => void;
}) {
  return (
    <div>
      <Button
        size="compact-xs"
        variant="default"
        leftSection={<IconPlus size={13} />}
        title={title}
        onClick={onClick}
      >
        {words}
      </Button>
    </div>
  );
}

/** What is left out, and can be put in. */
function AddPart({ name, schema, root, depth, onChange, shape }: ShapedProps) {
  const { t } = useTranslation();
  return (
    <AddButton
      words={t('mappings.try.add', { name })}
      title={shape.description}
      onClick={() => onChange(firstValue(schema, root, depth) ?? {})}
    />
  );
}

function Legend({ name, required, onChange }: Pick<PartProps, 'name' | 'required' | 'onChange'>) {
  const { t } = useTranslation();
  return (
    <span className={styles.legend}>
      {name}
      {!required && (
        <ActionIcon
          size="xs"
          aria-label={t('mappings.try.leaveOut', { name })}
          onClick={() => onChange(undefined)}
        >
          <IconX size={12} />
        </ActionIcon>
      )}
    </span>
  );
}

function PartFault({ faults, path }: Pick<PartProps, 'faults' | 'path'>) {
  const fault = faults.get(path);
  return fault ? (
    <p className={styles.fault} role="alert">
      {fault}
    </p>
  ) : null;
}

function JsonPart({ shape, name, value, onChange, required, path, faults }: ShapedProps) {
  return (
    <JsonField
      label={name ?? 'JSON'}
      description={shape.description}
      value={value}
      onChange={onChange}
      required={required}
      error={faults.get(path)}
    />
  );
}

function SimplePart({ shape, name, value, onChange, required, path, faults, isItem }: ShapedProps) {
  const { t } = useTranslation();
  const id = useId();
  const label = name ?? t('mappings.try.value');
  const { schema, kind, choices } = shape;
  const common = {
    ...{ id, required },
    ...(isItem ? { 'aria-label': label } : { label, description: shape.description }),
    error: faults.get(path),
  };
  const orLeftOut = (next: unknown) => onChange(next === '' && !required ? undefined : next);
  switch (kind) {
    case 'yesNo':
      return (
        <Switch
          {...common}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case 'choice':
      return <ChoiceField {...common} {...{ choices, value, onChange }} />;
    case 'integer':
    case 'number':
      return (
        <NumberField
          {...common}
          {...{ value, onChange }}
          whole={kind === 'integer'}
          {...(typeof schema.minimum === 'number' && { min: schema.minimum })}
          {...(typeof schema.maximum === 'number' && { max: schema.maximum })}
        />
      );
    default: {
      const text = typeof value === 'string' ? value : '';
      // What has lines, or is long, needs room.
      const Field = text.includes('\n') || text.length > 80 ? Textarea : TextInput;
      return <Field {...common} value={text} onChange={(event) => orLeftOut(event.currentTarget.value)} />;
    }
  }
}

interface ChoiceProps {
  id: string;
  label?: string;
  description?: string | undefined;
  required: boolean;
  error: string | undefined;
  choices: readonly unknown[];
  value: unknown;
  onChange: (value: unknown) => void;
}

/** Values of any kind, chosen by their place, since `1` and `"1"` look alike. */
function ChoiceField({ choices, value, onChange, required, ...common }: ChoiceProps) {
  const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
  const place = choices.findIndex((choice) => same(choice, value));
  return (
    <Select
      {...common}
      required={required}
      data={choices.map((choice, index) => ({
        value: `${index}`,
        label: typeof choice === 'string' ? choice : JSON.stringify(choice),
      }))}
      value={place < 0 ? null : `${place}`}
      onChange={(next) => onChange(next === null ? undefined : choices[Number(next)])}
      clearable={!required}
      allowDeselect={!required}
    />
  );
}
