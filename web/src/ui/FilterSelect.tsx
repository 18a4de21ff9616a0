import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import styles from './Toolbar.module.css';

interface Props {
  /** What is filtered by; stands in the field while nothing is chosen. */
  label: string;
  /** Undefined: everything. */
  value: string | undefined;
  options: readonly { value: string; label: string }[];
  onChange: (value: string | undefined) => void;
  /** For lists too long to load: asked for options as the person types. */
  onSearch?: (text: string) => void;
}

/** A filter of a list with many possible values, in its Toolbar. Type to find one. */
export function FilterSelect({ label, value, options, onChange, onSearch }: Props) {
  const { t } = useTranslation();
  // A value of the address that no option has (an old link) still shows, so that it can be taken away.
  const known = value === undefined || options.some((option) => option.value === value);
  const data = known ? [...options] : [{ value, label: value }, ...options];
  return (
    <Select
      className={styles.select}
      size="xs"
      aria-label={label}
      placeholder={label}
      data={data}
      value={value ?? null}
      onChange={(next) => onChange(next ?? undefined)}
      clearable
      clearButtonProps={{ 'aria-label': t('action.clear') }}
      searchable
      {...(onSearch && { onSearchChange: onSearch, filter: ({ options: all }) => all })}
      data-active={value !== undefined || undefined}
      limit={100}
      maxDropdownHeight={320}
      nothingFoundMessage={t('filter.nothing')}
      comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
    />
  );
}
