import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { address } from '../../app/base.ts';
import { CopyButton, Id } from '../../ui/Copy.tsx';
import { formatDuration } from '../../ui/format.ts';
import { Field, Fields } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { Snippet } from '../../ui/Snippet.tsx';
import { Sheet } from '../../ui/SplitView.tsx';
import { ExactTime } from '../../ui/Time.tsx';
import { enqueueExample, ondemandExample } from '../calls/callWords.tsx';
import { type MappingPath, type Mappings, mappingQuery } from './queries.ts';

const taskRoute = getRouteApi('/frame/tasks-mappings/$id');
const endpointRoute = getRouteApi('/frame/endpoints-mappings/$id');
const machineRoute = getRouteApi('/frame/machines-mappings/$id');

export function TaskMappingSheet() {
  const { t } = useTranslation();
  const { id } = taskRoute.useParams();
  const navigate = taskRoute.useNavigate();
  return (
    <MappingSheet
      path="task-mappings"
      id={id}
      title={(row) => row.alias}
      onClose={() => void navigate({ to: '/tasks-mappings', search: true })}
      fields={(row) => (
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
          <Field name={t('mappings.queue')}>{row.default_queue}</Field>
          <Field name={t('mappings.image')}>{row.image ?? t('task.execution.imageDefault')}</Field>
        </>
      )}
      example={(row) => enqueueExample(address, row.alias)}
    />
  );
}

export function EndpointMappingSheet() {
  const { t } = useTranslation();
  const { id } = endpointRoute.useParams();
  const navigate = endpointRoute.useNavigate();
  return (
    <MappingSheet
      path="endpoint-mappings"
      id={id}
      title={(row) => row.alias}
      onClose={() => void navigate({ to: '/endpoints-mappings', search: true })}
      fields={(row) => (
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
            <Id value={row.serving_task_id} />
          </Field>
          <Field name={t('mappings.deadline')}>{formatDuration(row.deadline_ms)}</Field>
        </>
      )}
      example={(row) => ondemandExample(address, row.alias)}
    />
  );
}

export function MachineMappingSheet() {
  const { t } = useTranslation();
  const { id } = machineRoute.useParams();
  const navigate = machineRoute.useNavigate();
  return (
    <MappingSheet
      path="machine-mappings"
      id={id}
      title={(row) => row.base_url}
      onClose={() => void navigate({ to: '/machines-mappings', search: true })}
      fields={(row) => (
        <>
          <Field name={t('mappings.baseUrl')}>
            <Copied value={row.base_url} />
          </Field>
          <Field name={t('mappings.machineId')}>
            <Copied value={row.public_id} />
          </Field>
          <Field name={t('mappings.servingTask')}>
            <Id value={row.serving_task_id} />
          </Field>
        </>
      )}
    />
  );
}

interface SheetProps<Path extends MappingPath> {
  path: Path;
  id: string;
  title: (row: Mappings[Path]) => string;
  fields: (row: Mappings[Path]) => ReactNode;
  /** A call to it, ready to copy. */
  example?: (row: Mappings[Path]) => string;
  onClose: () => void;
}

function MappingSheet<Path extends MappingPath>({
  path,
  id,
  title,
  fields,
  example,
  onClose,
}: SheetProps<Path>) {
  const { t } = useTranslation();
  const { data, isError, error, refetch } = useQuery(mappingQuery(path, id));
  const row = data as Mappings[Path] | undefined;
  return (
    <Sheet title={row ? title(row) : t('mappings.one')} onClose={onClose}>
      {isError && !row && <FailureMessage error={error} onRetry={refetch} />}
      {!isError && !row && <Skeleton height={260} />}
      {row && (
        <>
          {row.description && <p>{row.description}</p>}
          <Fields>
            {fields(row)}
            <Field name={t('mappings.created')}>
              <ExactTime value={row.created_at} />
            </Field>
            <Field name={t('mappings.updated')}>
              <ExactTime value={row.updated_at} />
            </Field>
          </Fields>
          {example && <Snippet title={t('calls.snippet')} code={example(row)} />}
        </>
      )}
    </Sheet>
  );
}

function Copied({ value }: { value: string }) {
  return (
    <span style={{ display: 'inline-flex', alignItems: 'center', gap: 4 }}>
      <span className="mono">{value}</span>
      <CopyButton value={value} />
    </span>
  );
}

function TaskLink({ id, name }: { id: string; name: string | undefined }) {
  return (
    <Link to="/tasks/$id" params={{ id }} className="link">
      {name ?? id.slice(0, 8)}
    </Link>
  );
}
