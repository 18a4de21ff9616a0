import type { EndpointMapping } from '@arno/protocol';
import { Autocomplete, NumberInput, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../ui/Page.tsx';
import { PageForbidden } from '../../../ui/PageStates.tsx';
import { ConsumerKeys } from '../ConsumerKeys.tsx';
import { fallbackOptionsQuery, liveEndpointsQuery, mappingQuery } from '../queries.ts';
import { publishedModel } from '../snippets.ts';
import { useMayEdit } from '../useMayEdit.ts';
import { AccessFields } from './AccessFields.tsx';
import { FoldedSection, FormSection } from './FormSection.tsx';
import { InputFields } from './InputFields.tsx';
import { EditPage, FormFrame } from './MappingFormPage.tsx';
import { NameFields } from './NameFields.tsx';
import { callableRules, needed } from './rules.ts';
import { TaskSelect } from './TaskSelect.tsx';
import { type MappingForm, useMappingForm } from './useMappingForm.ts';
import { type EndpointValues, endpointInput, endpointValues } from './values.ts';

const newRoute = getRouteApi('/frame/endpoints-mappings/new');
const editRoute = getRouteApi('/frame/endpoints-mappings/$id/edit');

export function NewEndpointMapping() {
  const { serving } = newRoute.useSearch();
  return useMayEdit() ? <EndpointMappingForm serving={serving} /> : <PageForbidden />;
}

export function EditEndpointMapping() {
  return <EditPage path="endpoint-mappings" id={editRoute.useParams().id} form={EndpointMappingForm} />;
}

interface Props {
  row?: EndpointMapping;
  /** Serving task of a new one, when it is known. */
  serving?: string | undefined;
}

function EndpointMappingForm({ row, serving }: Props) {
  const { t } = useTranslation();
  const state = useMappingForm({
    path: 'endpoint-mappings',
    row,
    initial: endpointValues(row ?? (serving === undefined ? {} : { serving_task_id: serving })),
    toInput: endpointInput,
    validate: { ...callableRules(t, !row), serving_task_id: needed(t), endpoint: needed(t) },
  });
  const { form } = state;
  const keys = row && (
    <Panel>
      <ConsumerKeys path="endpoint-mappings" published={publishedModel(row)} />
    </Panel>
  );
  return (
    <FormFrame
      title={t('mappings.endpoints.new')}
      text={t('mappings.form.text')}
      row={row}
      state={state}
      after={keys}
    >
      <FormSection title={t('mappings.form.what')} text={t('mappings.endpoints.what')}>
        <ModelFields state={state} servingName={row?.serving_task_name} />
        <NameFields form={form} isNew={!row} />
      </FormSection>
      <AccessFields form={form} />
      <InputFields form={form} />
      <Advanced state={state} />
    </FormFrame>
  );
}

interface ModelProps {
  state: MappingForm<EndpointValues>;
  servingName: string | undefined;
}

/** Which model of which runtime. */
function ModelFields({ state: { form }, servingName }: ModelProps) {
  const { t } = useTranslation();
  const live = useQuery(liveEndpointsQuery).data ?? [];
  return (
    <>
      <TaskSelect
        serving
        required
        label={t('mappings.servingTask')}
        description={t('mappings.form.servingHint')}
        name={servingName}
        {...form.getInputProps('serving_task_id')}
      />
      <Autocomplete
        required
        label={t('mappings.endpoint')}
        description={t('mappings.form.endpointHint')}
        data={[...new Set(live.map(({ endpoint }) => endpoint))]}
        maxLength={200}
        {...form.getInputProps('endpoint')}
      />
    </>
  );
}

const advanced = ['deadline', 'max_request', 'max_answer', 'fallback_mapping_id'] as const;

/** How a call is carried out. */
function Advanced({ state: { form } }: { state: MappingForm<EndpointValues> }) {
  const { t } = useTranslation();
  const usual = endpointValues();
  const isNeeded = advanced.some((name) => form.errors[name] || form.values[name] !== usual[name]);
  const size = {
    ...{ description: t('mappings.form.sizeHint'), placeholder: '64 MiB', suffix: ' MiB' },
    ...{ min: 0, max: 2047, decimalScale: 3 },
  };
  return (
    <FoldedSection
      title={t('mappings.form.limitsOfCalls')}
      text={t('mappings.form.limitsOfCallsText')}
      isNeeded={isNeeded}
    >
      <NumberInput
        label={t('mappings.deadline')}
        description={t('mappings.form.deadlineHint')}
        suffix=" s"
        min={0.001}
        max={3600}
        decimalScale={3}
        {...form.getInputProps('deadline')}
      />
      <FallbackSelect {...form.getInputProps('fallback_mapping_id')} />
      <NumberInput label={t('mappings.form.maxRequest')} {...size} {...form.getInputProps('max_request')} />
      <NumberInput label={t('mappings.form.maxAnswer')} {...size} {...form.getInputProps('max_answer')} />
    </FoldedSection>
  );
}

interface SelectProps {
  value?: string;
  onChange: (id: string) => void;
}

/** The task that takes the calls when no machine can, found by its alias. */
function FallbackSelect({ value = '', onChange, ...rest }: SelectProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const current = useQuery({ ...mappingQuery('task-mappings', value), enabled: value !== '' }).data;
  const [asked] = useDebouncedValue(search === current?.alias ? '' : search.trim(), 200);
  const found = useQuery(fallbackOptionsQuery(asked)).data?.items ?? [];
  const rows = new Map([...(current ? [current] : []), ...found].map((row) => [row.id, row.alias]));
  return (
    <Select
      {...rest}
      label={t('mappings.form.fallback')}
      description={t('mappings.form.fallbackHint')}
      placeholder={t('mappings.form.fallbackNone')}
      data={[...rows].map(([id, alias]) => ({ value: id, label: alias }))}
      value={value || null}
      onChange={(id) => onChange(id ?? '')}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      filter={({ options }) => options}
      nothingFoundMessage={t('filter.nothing')}
      clearable
    />
  );
}
