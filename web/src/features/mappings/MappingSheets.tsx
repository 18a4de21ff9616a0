import type { EndpointMapping, MachineMapping, TaskMapping } from '@arno/protocol';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatBytes, formatDuration, formatNumber } from '../../ui/format.ts';
import { Field, Section } from '../../ui/Page.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import { CallbackSecret } from './CallbackSecret.tsx';
import { CallSnippets } from './CallSnippets.tsx';
import { ConsumerKeys } from './ConsumerKeys.tsx';
import { MappingSheet } from './MappingSheet.tsx';
import { MappingWeek } from './MappingWeek.tsx';
import styles from './mappings.module.css';
import { Copied, HealthBadge, TaskLink, WhoMayCall } from './parts.tsx';
import { mappingQuery, ofServingTask } from './queries.ts';
import { publishedModel, publishedTask } from './snippets.ts';
import { useMayEdit } from './useMayEdit.ts';

const taskRoute = getRouteApi('/frame/tasks-mappings/list/$id');
const endpointRoute = getRouteApi('/frame/endpoints-mappings/list/$id');
const machineRoute = getRouteApi('/frame/machines-mappings/list/$id');

export function TaskMappingSheet() {
  const { t } = useTranslation();
  const { id } = taskRoute.useParams();
  const mayEdit = useMayEdit();
  return (
    <MappingSheet path="task-mappings" id={id} fields={(row) => <TaskFields row={row} />}>
      {(row) => (
        <>
          <Section title={t('mappings.snippets.title')}>
            <CallSnippets published={publishedTask(row)} />
          </Section>
          <MappingWeek of={{ mapping_id: id }} kind="enqueue" search={{ mapping: id }} />
          <ConsumerKeys path="task-mappings" published={publishedTask(row)} />
          {mayEdit && <CallbackSecret id={id} />}
          <InputSection row={row} />
        </>
      )}
    </MappingSheet>
  );
}

function TaskFields({ row }: { row: TaskMapping }) {
  const { t } = useTranslation();
  const { queues = null, clone_tags: tags = [] } = row;
  return (
    <>
      <Field name={t('mappings.alias')}>
        <Copied value={row.alias} />
      </Field>
      <Field name={t('mappings.publicId')}>
        <Copied value={row.public_id} />
      </Field>
      <Field name={t('mappings.task')}>
        <TaskLink id={row.task_id} name={row.task_name} />
      </Field>
      <Field name={t('mappings.queue')}>
        {row.default_queue}
        {queues === null ? ` · ${t('mappings.anyQueue')}` : queues.length > 0 && ` · ${queues.join(', ')}`}
      </Field>
      <Field name={t('mappings.form.access')}>
        <WhoMayCall {...row} />
      </Field>
      <LimitField row={row} />
      {row.priority === 'high' && (
        <Field name={t('mappings.form.priority')}>{t('mappings.form.priorityHigh')}</Field>
      )}
      <Field name={t('mappings.image')}>{row.image ?? t('task.execution.imageDefault')}</Field>
      {row.clone_project && <Field name={t('mappings.form.cloneProject')}>{row.clone_project}</Field>}
      {tags.length > 0 && <Field name={t('mappings.form.cloneTags')}>{tags.join(', ')}</Field>}
    </>
  );
}

export function EndpointMappingSheet() {
  const { t } = useTranslation();
  const { id } = endpointRoute.useParams();
  return (
    <MappingSheet path="endpoint-mappings" id={id} fields={(row) => <EndpointFields row={row} />}>
      {(row) => (
        <>
          <Machines serving={row.serving_task_id} />
          <Section title={t('mappings.snippets.title')}>
            <CallSnippets published={publishedModel(row)} />
          </Section>
          <MappingWeek of={{ mapping_id: id }} kind="ondemand" search={{ mapping: id }} />
          <ConsumerKeys path="endpoint-mappings" published={publishedModel(row)} />
          <InputSection row={row} />
        </>
      )}
    </MappingSheet>
  );
}

function EndpointFields({ row }: { row: EndpointMapping }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { max_request_bytes: request, max_answer_bytes: answer } = row;
  return (
    <>
      <Field name={t('mappings.alias')}>
        <Copied value={row.alias} />
      </Field>
      <Field name={t('mappings.endpoint')}>
        <Copied value={row.endpoint} />
      </Field>
      <Field name={t('mappings.machineId')}>
        <Copied value={row.public_id} />
      </Field>
      <Field name={t('mappings.servingTask')}>
        <TaskLink id={row.serving_task_id} name={row.serving_task_name} />
      </Field>
      <Field name={t('mappings.form.access')}>
        <WhoMayCall {...row} />
      </Field>
      <LimitField row={row} />
      <Field name={t('mappings.deadline')}>{formatDuration(row.deadline_ms)}</Field>
      {request && <Field name={t('mappings.form.maxRequest')}>{formatBytes(request, locale)}</Field>}
      {answer && <Field name={t('mappings.form.maxAnswer')}>{formatBytes(answer, locale)}</Field>}
      {row.fallback_mapping_id && (
        <Field name={t('mappings.form.fallback')}>
          <FallbackLink id={row.fallback_mapping_id} />
        </Field>
      )}
    </>
  );
}

function FallbackLink({ id }: { id: string }) {
  const { data } = useQuery(mappingQuery('task-mappings', id));
  return (
    <Link to="/tasks-mappings/$id" params={{ id }} className="link">
      {data?.alias ?? id.slice(0, 8)}
    </Link>
  );
}

/** Where the calls of an endpoint go. */
function Machines({ serving }: { serving: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(ofServingTask('machine-mappings', serving));
  return (
    <Section title={t('nav.machineMappings')}>
      <ul className={styles.list}>
        {data?.items.map(({ id, base_url, health }) => (
          <li key={id}>
            <Link to="/machines-mappings/$id" params={{ id }} className="link">
              {base_url}
            </Link>{' '}
            <HealthBadge health={health} />
          </li>
        ))}
        {data?.items.length === 0 && <li className="dim">{t('mappings.noMachine')}</li>}
      </ul>
    </Section>
  );
}

export function MachineMappingSheet() {
  const { t } = useTranslation();
  const { id } = machineRoute.useParams();
  return (
    <MappingSheet path="machine-mappings" id={id} fields={(row) => <MachineFields row={row} />}>
      {(row) => (
        <>
          <Endpoints serving={row.serving_task_id} />
          <MappingWeek of={{ machine: row.base_url }} kind="ondemand" search={{ machine: row.base_url }} />
          {row.health?.last_error && (
            <Section title={t('mappings.health.lastError')}>
              <p className="dim">
                <RelativeTime value={row.health.last_error.at} />: {row.health.last_error.message}
              </p>
            </Section>
          )}
        </>
      )}
    </MappingSheet>
  );
}

function MachineFields({ row }: { row: MachineMapping }) {
  const { t } = useTranslation();
  const { health } = row;
  return (
    <>
      <Field name={t('mappings.baseUrl')}>
        <Copied value={row.base_url} />
      </Field>
      <Field name={t('mappings.health.title')}>
        <HealthBadge health={health} />
        {health?.last_check && (
          <span className="dim">
            {' '}
            · {formatDuration(health.last_check.duration_ms)}, <RelativeTime value={health.last_check.at} />
          </span>
        )}
      </Field>
      <Field name={t('mappings.form.healthPath')}>
        {row.health_path ?? t('mappings.health.byConnection')}
      </Field>
      <Field name={t('mappings.machineId')}>
        <Copied value={row.public_id} />
      </Field>
      <Field name={t('mappings.servingTask')}>
        <TaskLink id={row.serving_task_id} name={row.serving_task_name} />
      </Field>
    </>
  );
}

/** What a machine serves. */
function Endpoints({ serving }: { serving: string }) {
  const { t } = useTranslation();
  const { data } = useQuery(ofServingTask('endpoint-mappings', serving));
  return (
    <Section title={t('nav.endpointMappings')}>
      <ul className={styles.list}>
        {data?.items.map(({ id, alias, endpoint }) => (
          <li key={id}>
            <Link to="/endpoints-mappings/$id" params={{ id }} className="link">
              {alias}
            </Link>{' '}
            <span className="dim mono">{endpoint}</span>
          </li>
        ))}
        {data?.items.length === 0 && <li className="dim">{t('mappings.noEndpoint')}</li>}
      </ul>
    </Section>
  );
}

type Callable = TaskMapping | EndpointMapping;

function LimitField({ row }: { row: Callable }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { calls_per_minute: minute, calls_per_day: day } = row;
  const limits = [
    minute && t('mappings.perMinute', { count: minute, number: formatNumber(minute, locale) }),
    day && t('mappings.perDay', { count: day, number: formatNumber(day, locale) }),
  ].filter(Boolean);
  return <Field name={t('mappings.form.limits')}>{limits.join(', ') || t('mappings.noLimit')}</Field>;
}

function InputSection({ row }: { row: Callable }) {
  const { t } = useTranslation();
  if (!row.input_schema) return null;
  return (
    <Section title={t('mappings.form.schema')}>
      <Snippet title="JSON Schema" code={JSON.stringify(row.input_schema, null, 2)} />
    </Section>
  );
}
