import type { InputFault } from '@arno/protocol';
import { Autocomplete, Button, SegmentedControl, Select } from '@mantine/core';
import { IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../ui/Page.tsx';
import { queueOptionsQuery } from '../queries.ts';
import { JsonField } from './JsonField.tsx';
import { SchemaField } from './SchemaField.tsx';
import { type Schema, shapeOf } from './schema.ts';
import styles from './try.module.css';

interface Props {
  schema: Schema | undefined;
  value: unknown;
  onChange: (value: unknown) => void;
  /** What the gateway said of the last input. */
  faults: readonly InputFault[];
  /** Of a task: queues to choose from, null for any. */
  queues?: string[] | null;
  queue?: string;
  onQueue?: (queue: string) => void;
  running: boolean;
  onSend: () => void;
  onStop: () => void;
}

/** What is sent: as fields made from the schema, or as JSON. */
export function InputPanel(props: Props) {
  const { t } = useTranslation();
  const { schema, running, onSend, onStop } = props;
  const hasForm = schema !== undefined && shapeOf(schema, schema).kind !== 'json';
  const [wantsJson, setWantsJson] = useState(false);
  const modes = [
    { value: 'form', label: t('mappings.try.form') },
    { value: 'json', label: 'JSON' },
  ];
  const choice = hasForm && (
    <SegmentedControl
      size="xs"
      aria-label={t('mappings.try.input')}
      value={wantsJson ? 'json' : 'form'}
      onChange={(mode) => setWantsJson(mode === 'json')}
      data={modes}
    />
  );
  return (
    <Panel title={t('mappings.try.input')} aside={choice}>
      <form
        className={styles.stack}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!running) onSend();
        }}
      >
        {hasForm && !wantsJson ? <FormInput {...props} schema={schema} /> : <JsonInput {...props} />}
        {props.onQueue && <QueueChoice {...props} />}
        <div className={styles.bar}>
          <Button type="submit" loading={running} leftSection={<IconPlayerPlay size={16} />}>
            {t('mappings.try.send')}
          </Button>
          {running && (
            <Button variant="default" leftSection={<IconPlayerStop size={16} />} onClick={onStop}>
              {t('mappings.try.stop')}
            </Button>
          )}
        </div>
      </form>
    </Panel>
  );
}

function FormInput({ schema, value, onChange, faults }: Props & { schema: Schema }) {
  const messages = new Map(faults.map(({ path, message }) => [path, message]));
  return (
    <SchemaField
      name={undefined}
      root={schema}
      path=""
      depth={0}
      required
      faults={messages}
      {...{ schema, value, onChange }}
    />
  );
}

function JsonInput({ value, onChange, faults }: Props) {
  const { t } = useTranslation();
  const words = faults.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
  return (
    <JsonField label={t('mappings.try.body')} value={value} onChange={onChange} error={words || undefined} />
  );
}

function QueueChoice({ queues = null, queue = '', onQueue = () => undefined }: Props) {
  const { t } = useTranslation();
  const known = useQuery({ ...queueOptionsQuery, enabled: queues === null }).data?.items ?? [];
  const common = { label: t('mappings.try.queue'), placeholder: t('mappings.queue') };
  if (queues === null) {
    return <Autocomplete {...common} data={known.map(({ name }) => name)} value={queue} onChange={onQueue} />;
  }
  if (queues.length < 2) return null;
  return (
    <Select
      {...common}
      data={queues}
      value={queue || null}
      onChange={(next) => onQueue(next ?? '')}
      clearable
    />
  );
}
