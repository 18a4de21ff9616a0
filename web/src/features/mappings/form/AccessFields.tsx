import { MultiSelect, NumberInput, SegmentedControl, TagsInput, useMatches } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { callerOptionsQuery } from '../queries.ts';
import { accesses } from '../search.ts';
import { FormSection } from './FormSection.tsx';
import styles from './form.module.css';
import type { CallableValues } from './values.ts';

interface Props<Values extends CallableValues> {
  form: UseFormReturnType<Values>;
}

/** Who may call, and how often. */
export function AccessFields<Values extends CallableValues>({ form }: Props<Values>) {
  const { t } = useTranslation();
  const { access } = form.values;
  const orientation = useMatches({ base: 'vertical', sm: 'horizontal' } as const);
  return (
    <FormSection title={t('mappings.form.access')} text={t(`mappings.accessText.${access}`)}>
      <SegmentedControl
        className={styles.wide}
        fullWidth
        orientation={orientation}
        aria-label={t('mappings.form.access')}
        data={accesses.map((value) => ({ value, label: t(`mappings.access.${value}`) }))}
        {...form.getInputProps('access')}
      />
      {access === 'listed' && <Listed form={form} />}
      <NumberInput
        label={t('mappings.form.perMinute')}
        description={t('mappings.form.limitHint')}
        placeholder={t('mappings.noLimit')}
        min={1}
        max={1_000_000}
        allowDecimal={false}
        allowNegative={false}
        {...form.getInputProps('calls_per_minute')}
      />
      <NumberInput
        label={t('mappings.form.perDay')}
        description={t('mappings.form.limitHint')}
        placeholder={t('mappings.noLimit')}
        min={1}
        max={1_000_000_000}
        allowDecimal={false}
        allowNegative={false}
        {...form.getInputProps('calls_per_day')}
      />
    </FormSection>
  );
}

/** People, roles and groups; the last two may be others than anybody has by now. */
function Listed<Values extends CallableValues>({ form }: Props<Values>) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search.trim(), 200);
  const { data } = useQuery(callerOptionsQuery(asked, form.values.allowed_users));
  const people = (data?.users ?? []).map(({ id, name, username }) => ({
    value: id,
    label: name === username ? name : `${name} (${username})`,
  }));
  return (
    <>
      <MultiSelect
        className={styles.wide}
        label={t('mappings.form.users')}
        placeholder={t('mappings.form.usersHint')}
        data={people}
        searchable
        searchValue={search}
        onSearchChange={setSearch}
        filter={({ options }) => options}
        nothingFoundMessage={t('filter.nothing')}
        hidePickedOptions
        {...form.getInputProps('allowed_users')}
      />
      <TagsInput
        label={t('mappings.form.roles')}
        description={t('mappings.form.rolesHint')}
        data={data?.roles ?? []}
        {...form.getInputProps('allowed_roles')}
      />
      <TagsInput
        label={t('mappings.form.groups')}
        description={t('mappings.form.groupsHint')}
        data={data?.groups ?? []}
        {...form.getInputProps('allowed_groups')}
      />
    </>
  );
}
