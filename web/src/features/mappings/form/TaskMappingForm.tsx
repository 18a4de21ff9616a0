import type { TaskMapping } from '@arno/protocol';
import { Autocomplete, SegmentedControl, Switch, TagsInput, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../ui/Page.tsx';
import { PageForbidden } from '../../../ui/PageStates.tsx';
import { CallbackSecret } from '../CallbackSecret.tsx';
import { ConsumerKeys } from '../ConsumerKeys.tsx';
import { projectOptionsQuery, queueOptionsQuery } from '../queries.ts';
import { publishedTask } from '../snippets.ts';
import { useMayEdit } from '../useMayEdit.ts';
import { AccessFields } from './AccessFields.tsx';
import { FoldedSection, FormSection } from './FormSection.tsx';
import styles from './form.module.css';
import { InputFields } from './InputFields.tsx';
import { EditPage, FormFrame } from './MappingFormPage.tsx';
import { NameFields } from './NameFields.tsx';
import { ProposeSchema } from './ProposeSchema.tsx';
import { callableRules, needed } from './rules.ts';
import { TaskSelect } from './TaskSelect.tsx';
import { type MappingForm, useMappingForm } from './useMappingForm.ts';
import { type TaskValues, taskInput, taskValues } from './values.ts';

const editRoute = getRouteApi('/frame/tasks-mappings/$id/edit');

export function NewTaskMapping() {
  return useMayEdit() ? <TaskMappingForm /> : <PageForbidden />;
}

export function EditTaskMapping() {
  return <EditPage path="task-mappings" id={editRoute.useParams().id} form={TaskMappingForm} />;
}

function TaskMappingForm({ row }: { row?: TaskMapping }) {
  const { t } = useTranslation();
  const state = useMappingForm({
    path: 'task-mappings',
    row,
    initial: taskValues(row),
    toInput: taskInput,
    validate: { ...callableRules(t, !row), task_id: needed(t), default_queue: needed(t) },
  });
  const { form } = state;
  const queues = useQuery(queueOptionsQuery).data?.items.map(({ name }) => name) ?? [];
  return (
    <FormFrame
      title={t('mappings.tasks.new')}
      text={t('mappings.form.text')}
      row={row}
      state={state}
      after={row && <Secrets row={row} />}
    >
      <FormSection title={t('mappings.form.what')} text={t('mappings.tasks.what')}>
        <TaskSelect
          required
          label={t('mappings.task')}
          description={t('mappings.form.taskHint')}
          name={row?.task_name}
          {...form.getInputProps('task_id')}
        />
        <Autocomplete
          required
          label={t('mappings.queue')}
          description={t('mappings.form.queueHint')}
          data={queues}
          maxLength={200}
          {...form.getInputProps('default_queue')}
        />
        <NameFields form={form} isNew={!row} />
      </FormSection>
      <AccessFields form={form} />
      <InputFields form={form}>
        <ProposeSchema form={form} />
      </InputFields>
      <Advanced state={state} queues={queues} />
    </FormFrame>
  );
}

/** What is made and replaced at once, and not by saving the form. */
function Secrets({ row }: { row: TaskMapping }) {
  return (
    <>
      <Panel>
        <ConsumerKeys path="task-mappings" published={publishedTask(row)} />
      </Panel>
      <Panel>
        <CallbackSecret id={row.id} />
      </Panel>
    </>
  );
}

const advanced = ['anyQueue', 'queues', 'priority', 'image', 'clone_project', 'clone_tags'] as const;

/** Where and how the clones run. */
function Advanced({ state: { form }, queues }: { state: MappingForm<TaskValues>; queues: string[] }) {
  const { t } = useTranslation();
  const [asked] = useDebouncedValue(form.values.clone_project.trim(), 200);
  const projects = useQuery(projectOptionsQuery(asked)).data ?? [];
  const usual = taskValues();
  const isNeeded = advanced.some(
    (name) => form.errors[name] || JSON.stringify(form.values[name]) !== JSON.stringify(usual[name]),
  );
  return (
    <FoldedSection title={t('mappings.form.clones')} text={t('mappings.form.clonesText')} isNeeded={isNeeded}>
      <QueueFields form={form} queues={queues} />
      <div>
        <div className={styles.groupLabel}>{t('mappings.form.priority')}</div>
        <SegmentedControl
          fullWidth
          aria-label={t('mappings.form.priority')}
          data={[
            { value: 'normal', label: t('mappings.form.priorityNormal') },
            { value: 'high', label: t('mappings.form.priorityHigh') },
          ]}
          {...form.getInputProps('priority')}
        />
      </div>
      <TextInput
        label={t('mappings.image')}
        description={t('mappings.form.imageHint')}
        placeholder={t('task.execution.imageDefault')}
        maxLength={500}
        {...form.getInputProps('image')}
      />
      <Autocomplete
        label={t('mappings.form.cloneProject')}
        description={t('mappings.form.cloneProjectHint')}
        placeholder={t('mappings.form.cloneProjectUsual')}
        data={projects}
        filter={({ options }) => options}
        maxLength={1000}
        {...form.getInputProps('clone_project')}
      />
      <TagsInput
        label={t('mappings.form.cloneTags')}
        description={t('mappings.form.cloneTagsHint')}
        maxTags={50}
        {...form.getInputProps('clone_tags')}
      />
    </FoldedSection>
  );
}

/** Where else a call may go. */
function QueueFields({ form, queues }: { form: MappingForm<TaskValues>['form']; queues: string[] }) {
  const { t } = useTranslation();
  return (
    <>
      <Switch
        label={t('mappings.anyQueue')}
        description={t('mappings.form.anyQueueHint')}
        {...form.getInputProps('anyQueue', { type: 'checkbox' })}
      />
      {!form.values.anyQueue && (
        <TagsInput
          label={t('mappings.form.queues')}
          description={t('mappings.form.queuesHint')}
          data={queues.filter((name) => name !== form.values.default_queue)}
          {...form.getInputProps('queues')}
        />
      )}
    </>
  );
}
