import type { EndpointMapping, MachineMapping, TaskMapping } from '@arno/protocol';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { CopyButton, Id } from '../../ui/Copy.tsx';
import { type Column, rowLink } from '../../ui/DataTable.tsx';
import { formatDuration } from '../../ui/format.ts';
import { RelativeTime } from '../../ui/Time.tsx';
import styles from './mappings.module.css';
import { HealthBadge } from './parts.tsx';

export function useTaskColumns(): Column<TaskMapping>[] {
  const { t } = useTranslation();
  return [
    {
      ...{ id: 'alias', header: t('mappings.alias'), sort: 'alias' },
      cell: (row) => (
        <Link to="/tasks-mappings/$id" params={{ id: row.id }} search className={rowLink}>
          {row.alias}
        </Link>
      ),
    },
    {
      ...{ id: 'task', header: t('mappings.task'), sort: 'task_name', width: '24%', from: 'md' },
      cell: (row) => row.task_name,
    },
    {
      ...{ id: 'queue', header: t('mappings.queue'), sort: 'default_queue', width: '140px', from: 'md' },
      cell: (row) => row.default_queue,
    },
    accessColumn(t),
    publicIdColumn(t('mappings.publicId')),
    aboutColumn(t),
    createdColumn(t),
    updatedColumn(t),
  ];
}

export function useEndpointColumns(): Column<EndpointMapping>[] {
  const { t } = useTranslation();
  return [
    {
      ...{ id: 'alias', header: t('mappings.alias'), sort: 'alias' },
      cell: (row) => (
        <Link to="/endpoints-mappings/$id" params={{ id: row.id }} search className={rowLink}>
          {row.alias}
        </Link>
      ),
    },
    {
      ...{ id: 'endpoint', header: t('mappings.endpoint'), sort: 'endpoint', width: '20%', from: 'md' },
      cell: (row) => row.endpoint,
    },
    {
      ...{ id: 'serving', header: t('mappings.servingTask'), sort: 'task_name', width: '20%', from: 'lg' },
      cell: (row) => row.serving_task_name ?? <Id value={row.serving_task_id} />,
    },
    accessColumn(t),
    {
      ...{
        id: 'deadline',
        header: t('mappings.deadline'),
        sort: 'deadline_ms',
        greatestFirst: true,
        width: '130px',
      },
      ...{ align: 'right', from: 'xl' },
      cell: (row) => formatDuration(row.deadline_ms),
    },
    publicIdColumn(t('mappings.machineId')),
    aboutColumn(t),
    createdColumn(t),
    updatedColumn(t),
  ];
}

export function useMachineColumns(): Column<MachineMapping>[] {
  const { t } = useTranslation();
  return [
    {
      ...{ id: 'url', header: t('mappings.baseUrl'), sort: 'base_url' },
      cell: (row) => (
        <Link
          to="/machines-mappings/$id"
          params={{ id: row.id }}
          search
          className={rowLink}
          title={row.base_url}
        >
          {row.base_url}
        </Link>
      ),
    },
    {
      ...{ id: 'health', header: t('mappings.health.title'), width: '140px' },
      cell: (row) => <HealthBadge health={row.health} />,
    },
    {
      ...{ id: 'serving', header: t('mappings.servingTask'), sort: 'task_name', width: '26%', from: 'md' },
      cell: (row) => row.serving_task_name ?? <Id value={row.serving_task_id} />,
    },
    {
      ...{ id: 'pending', header: t('mappings.health.pending'), width: '120px', align: 'right', extra: true },
      cell: (row) => row.health?.pending,
    },
    aboutColumn(t),
    createdColumn(t),
    updatedColumn(t),
  ];
}

/** What an end user passes; always with a copy button. */
function publicIdColumn(header: string): Column<{ public_id: string }> {
  return {
    ...{ id: 'public', header, width: '130px', from: 'md' },
    cell: (row) => (
      <span className={styles.copied} title={row.public_id}>
        <span className="mono">{row.public_id.slice(0, 8)}</span>
        <CopyButton value={row.public_id} />
      </span>
    ),
  };
}

function accessColumn(t: TFunction): Column<Pick<TaskMapping, 'access'>> {
  return {
    ...{ id: 'access', header: t('mappings.form.access'), sort: 'access', width: '150px', from: 'lg' },
    cell: (row) => t(`mappings.access.${row.access ?? 'anyone'}`),
  };
}

function aboutColumn(t: TFunction): Column<{ description?: string }> {
  return {
    ...{ id: 'description', header: t('mappings.about'), width: '24%', from: 'lg', extra: true },
    cell: (row) => row.description,
  };
}

function createdColumn(t: TFunction): Column<{ created_at: string }> {
  return {
    ...{ id: 'created', header: t('mappings.created'), sort: 'created', greatestFirst: true, width: '140px' },
    ...{ align: 'right', from: 'lg', extra: true },
    cell: (row) => <RelativeTime value={row.created_at} />,
  };
}

function updatedColumn(t: TFunction): Column<{ updated_at: string }> {
  return {
    ...{ id: 'updated', header: t('mappings.updated'), sort: 'updated', greatestFirst: true, width: '140px' },
    ...{ align: 'right', from: 'lg' },
    cell: (row) => <RelativeTime value={row.updated_at} />,
  };
}
