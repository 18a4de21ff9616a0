import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { taskOptionsQuery } from '../queries.ts';
import styles from './form.module.css';

interface Props {
  label: string;
  description?: string;
  required?: boolean;
  value?: string;
  onChange: (id: string) => void;
  onBlur?: () => void;
  error?: ReactNode;
  /** The name of the value, as far as the form knows it. */
  name: string | undefined;
  /** Wants a task that stands for a serving runtime. */
  serving?: boolean;
  /** Where a form finds the field. */
  'data-path'?: string;
}

interface Choice {
  value: string;
  label: string;
  /** What tells it from others of its name. */
  more: string;
}

const idPattern = /^[0-9a-f]{30,64}$/;

/** A task, found by its name or typed by its id. */
export function TaskSelect({ value = '', onChange, name, serving = false, ...rest }: Props) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const [chosen, setChosen] = useState(value ? { value, label: name ?? value, more: value } : undefined);
  const current = chosen?.value === value ? chosen : undefined;
  // The field shows the name of what is chosen, which is no search.
  const wanted = search === current?.label ? '' : search.trim();
  const { found, isSearching } = useTaskChoices(wanted, serving);
  const choices = distinct([...(current ? [current] : []), ...found]);
  // The server has looked already; what is chosen stays out of the way of what is searched.
  const shown = new Set((wanted === '' ? choices : found).map((choice) => choice.value));
  return (
    <Select
      {...rest}
      value={value || null}
      data={choices.map(({ value, label }) => ({ value, label }))}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      filter={({ options }) => options.filter((option) => 'value' in option && shown.has(`${option.value}`))}
      onChange={(next) => {
        setChosen(choices.find((one) => one.value === next));
        onChange(next ?? '');
      }}
      renderOption={({ option }) => (
        <span className={styles.option}>
          {option.label}
          <small>{choices.find((one) => one.value === option.value)?.more}</small>
        </span>
      )}
      nothingFoundMessage={t(isSearching ? 'mappings.form.searching' : 'mappings.form.noTask')}
      maxDropdownHeight={320}
      allowDeselect={false}
    />
  );
}

/** Tasks that the server knows for a text, and the text itself where it may be an id. */
function useTaskChoices(wanted: string, serving: boolean): { found: Choice[]; isSearching: boolean } {
  const { t } = useTranslation();
  const [asked] = useDebouncedValue(wanted, 200);
  const { data, isFetching } = useQuery(taskOptionsQuery(asked, serving));
  const known = (data?.items ?? []).map(({ id, name, project, alias }): Choice => {
    const publishedAs = !serving && alias && t('mappings.form.publishedAs', { alias });
    return {
      value: id,
      label: name,
      more: [project, id.slice(0, 8), publishedAs].filter(Boolean).join(' · '),
    };
  });
  const typed: Choice = { value: wanted, label: wanted, more: t('mappings.form.typedId') };
  return {
    found: distinct([...(idPattern.test(wanted) ? [typed] : []), ...known]),
    isSearching: isFetching || asked !== wanted,
  };
}

function distinct(choices: Choice[]): Choice[] {
  return [...new Map(choices.map((choice) => [choice.value, choice])).values()];
}
