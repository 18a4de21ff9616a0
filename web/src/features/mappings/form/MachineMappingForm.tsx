import type { MachineMapping } from '@arno/protocol';
import { Autocomplete, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { PageForbidden } from '../../../ui/PageStates.tsx';
import { liveEndpointsQuery } from '../queries.ts';
import { useMayEdit } from '../useMayEdit.ts';
import { FormSection } from './FormSection.tsx';
import styles from './form.module.css';
import { MachineTestLine, useMachineTest } from './MachineTest.tsx';
import { EditPage, FormFrame } from './MappingFormPage.tsx';
import { needed } from './rules.ts';
import { TaskSelect } from './TaskSelect.tsx';
import { type MappingForm, useMappingForm } from './useMappingForm.ts';
import { type MachineValues, machineInput, machineValues } from './values.ts';

const editRoute = getRouteApi('/frame/machines-mappings/$id/edit');

export function NewMachineMapping() {
  return useMayEdit() ? <MachineMappingForm /> : <PageForbidden />;
}

export function EditMachineMapping() {
  return <EditPage path="machine-mappings" id={editRoute.useParams().id} form={MachineMappingForm} />;
}

function MachineMappingForm({ row }: { row?: MachineMapping }) {
  const { t } = useTranslation();
  const state = useMappingForm({
    path: 'machine-mappings',
    row,
    initial: machineValues(row),
    toInput: machineInput,
    validate: { serving_task_id: needed(t), base_url: needed(t) },
  });
  return (
    <FormFrame title={t('mappings.machines.new')} row={row} state={state}>
      <FormSection title={t('mappings.form.what')} text={t('mappings.machines.what')}>
        <TaskSelect
          serving
          required
          label={t('mappings.servingTask')}
          description={t('mappings.form.servingHint')}
          name={row?.serving_task_name}
          {...state.form.getInputProps('serving_task_id')}
        />
        <Textarea
          label={t('mappings.about')}
          description={t('mappings.form.machineAboutHint')}
          autosize
          minRows={1}
          maxRows={8}
          maxLength={4000}
          {...state.form.getInputProps('description')}
        />
        <AddressFields state={state} />
      </FormSection>
    </FormFrame>
  );
}

/** Where the machine is, and whether something answers there. */
function AddressFields({ state: { form } }: { state: MappingForm<MachineValues> }) {
  const { t } = useTranslation();
  const test = useMachineTest(form.values.base_url, form.values.health_path);
  const live = useQuery(liveEndpointsQuery).data ?? [];
  return (
    <>
      <Autocomplete
        required
        label={t('mappings.baseUrl')}
        description={t('mappings.form.baseUrlHint')}
        placeholder="http://gpu-1.lab:8082/serve"
        data={baseUrls(live)}
        maxLength={2000}
        {...form.getInputProps('base_url')}
      />
      <TextInput
        label={t('mappings.form.healthPath')}
        description={t('mappings.form.healthPathHint')}
        placeholder="/health"
        maxLength={500}
        {...form.getInputProps('health_path')}
      />
      <div className={styles.wide}>
        <MachineTestLine test={test} />
      </div>
    </>
  );
}

/** Where models that report here are to be found: their addresses without their own part. */
function baseUrls(live: readonly { endpoint: string; url: string }[]): string[] {
  const urls = live.map(({ endpoint, url }) =>
    url.endsWith(`/${endpoint}`) ? url.slice(0, -endpoint.length - 1) : url,
  );
  return [...new Set(urls)];
}
