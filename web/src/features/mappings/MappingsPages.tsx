import type { EndpointMapping, MachineMapping, TaskMapping } from '@arno/protocol';
import { IconPlugConnected, IconRoute, IconServer2 } from '@tabler/icons-react';
import { getRouteApi, Link, useMatchRoute } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { CopyButton, Id } from '../../ui/Copy.tsx';
import { type Column, rowLink } from '../../ui/DataTable.tsx';
import { formatDuration } from '../../ui/format.ts';
import { RelativeTime } from '../../ui/Time.tsx';
import { MappingList } from './MappingList.tsx';

const EXAMPLE_ID = '2655bb0a64fa4c57be93637bd6441b9e';
const taskRoute = getRouteApi('/frame/tasks-mappings');
const endpointRoute = getRouteApi('/frame/endpoints-mappings');
const machineRoute = getRouteApi('/frame/machines-mappings');

export function TaskMappingsPage() {
  const { t } = useTranslation();
  const search = taskRoute.useSearch();
  const navigate = taskRoute.useNavigate();
  const open = useMatchRoute()({ to: '/tasks-mappings/$id' });
  return (
    <MappingList
      path="task-mappings"
      title={t('nav.taskMappings')}
      description={t('mappings.tasks.description')}
      columns={useTaskColumns()}
      under={(row) => row.task_name ?? row.default_queue}
      lesson={{
        icon: IconRoute,
        title: t('mappings.tasks.empty'),
        text: t('mappings.tasks.emptyText'),
        example: { task_id: EXAMPLE_ID, default_queue: 'default', alias: 'my-task' },
      }}
      search={search}
      selected={open ? open.id : undefined}
      onOpen={(id) => void navigate({ to: '/tasks-mappings/$id', params: { id }, search: true })}
      onSearch={(next, replace) => void navigate({ search: next, replace })}
    />
  );
}

export function EndpointMappingsPage() {
  const { t } = useTranslation();
  const search = endpointRoute.useSearch();
  const navigate = endpointRoute.useNavigate();
  const open = useMatchRoute()({ to: '/endpoints-mappings/$id' });
  return (
    <MappingList
      path="endpoint-mappings"
      title={t('nav.endpointMappings')}
      description={t('mappings.endpoints.description')}
      columns={useEndpointColumns()}
      under={(row) => row.endpoint}
      lesson={{
        icon: IconPlugConnected,
        title: t('mappings.endpoints.empty'),
        text: t('mappings.endpoints.emptyText'),
        example: { serving_task_id: EXAMPLE_ID, endpoint: 'my-model', alias: 'my-model' },
      }}
      search={search}
      selected={open ? open.id : undefined}
      onOpen={(id) => void navigate({ to: '/endpoints-mappings/$id', params: { id }, search: true })}
      onSearch={(next, replace) => void navigate({ search: next, replace })}
    />
  );
}

export function MachineMappingsPage() {
  const { t } = useTranslation();
  const search = machineRoute.useSearch();
  const navigate = machineRoute.useNavigate();
  const open = useMatchRoute()({ to: '/machines-mappings/$id' });
  return (
    <MappingList
      path="machine-mappings"
      title={t('nav.machineMappings')}
      description={t('mappings.machines.description')}
      columns={useMachineColumns()}
      under={(row) => row.description ?? row.serving_task_id.slice(0, 8)}
      lesson={{
        icon: IconServer2,
        title: t('mappings.machines.empty'),
        text: t('mappings.machines.emptyText'),
        example: { serving_task_id: EXAMPLE_ID, base_url: 'http://gpu-1.lab:8082/serve' },
      }}
      search={search}
      selected={open ? open.id : undefined}
      onOpen={(id) => void navigate({ to: '/machines-mappings/$id', params: { id }, search: true })}
      onSearch={(next, replace) => void navigate({ search: next, replace })}
    />
  );
}

function useTaskColumns(): Column<TaskMapping>[] {
  const { t } = useTranslation();
  return [
    {
      id: 'alias',
      header: t('mappings.alias'),
      cell: (row) => (
        <Link to="/tasks-mappings/$id" params={{ id: row.id }} search className={rowLink}>
          {row.alias}
        </Link>
      ),
    },
    {
      id: 'task',
      header: t('mappings.task'),
      width: '26%',
      from: 'md',
      cell: (row) => row.task_name,
    },
    {
      id: 'queue',
      header: t('mappings.queue'),
      width: '130px',
      from: 'md',
      cell: (row) => row.default_queue,
    },
    publicIdColumn(t('mappings.publicId')),
    updatedColumn(t('mappings.updated')),
  ];
}

function useEndpointColumns(): Column<EndpointMapping>[] {
  const { t } = useTranslation();
  return [
    {
      id: 'alias',
      header: t('mappings.alias'),
      cell: (row) => (
        <Link to="/endpoints-mappings/$id" params={{ id: row.id }} search className={rowLink}>
          {row.alias}
        </Link>
      ),
    },
    { id: 'endpoint', header: t('mappings.endpoint'), width: '24%', from: 'md', cell: (row) => row.endpoint },
    {
      id: 'deadline',
      header: t('mappings.deadline'),
      width: '110px',
      align: 'right',
      from: 'lg',
      cell: (row) => formatDuration(row.deadline_ms),
    },
    publicIdColumn(t('mappings.machineId')),
    updatedColumn(t('mappings.updated')),
  ];
}

function useMachineColumns(): Column<MachineMapping>[] {
  const { t } = useTranslation();
  return [
    {
      id: 'url',
      header: t('mappings.baseUrl'),
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
      id: 'description',
      header: t('mappings.about'),
      width: '28%',
      from: 'lg',
      cell: (row) => row.description,
    },
    {
      id: 'serving',
      header: t('mappings.servingTask'),
      width: '130px',
      from: 'md',
      cell: (row) => <Id value={row.serving_task_id} />,
    },
    updatedColumn(t('mappings.updated')),
  ];
}

/** What an end user passes; always with a copy button. */
function publicIdColumn(header: string): Column<{ public_id: string }> {
  return {
    id: 'public',
    header,
    width: '150px',
    from: 'md',
    cell: (row) => (
      <span
        className="mono"
        style={{ display: 'inline-flex', alignItems: 'center', gap: 4 }}
        title={row.public_id}
      >
        {row.public_id.slice(0, 8)}
        <CopyButton value={row.public_id} />
      </span>
    ),
  };
}

function updatedColumn(header: string): Column<{ updated_at: string }> {
  return {
    id: 'updated',
    header,
    width: '140px',
    align: 'right',
    from: 'lg',
    cell: (row) => <RelativeTime value={row.updated_at} />,
  };
}
