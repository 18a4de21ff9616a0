import { IconPlugConnected, IconRoute, IconServer2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useMatchRoute } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { defined } from '../../app/search.ts';
import { FilterSelect } from '../../ui/FilterSelect.tsx';
import { type ChangeSearch, MappingList } from './MappingList.tsx';
import { useEndpointColumns, useMachineColumns, useTaskColumns } from './mappingColumns.tsx';
import { mappingsQuery, queueOptionsQuery } from './queries.ts';
import { accesses, type MappingsSearch } from './search.ts';

const taskRoute = getRouteApi('/frame/tasks-mappings/list');
const endpointRoute = getRouteApi('/frame/endpoints-mappings/list');
const machineRoute = getRouteApi('/frame/machines-mappings/list');

export function TaskMappingsPage() {
  const { t } = useTranslation();
  const search = taskRoute.useSearch();
  const navigate = taskRoute.useNavigate();
  const open = useMatchRoute()({ to: '/tasks-mappings/$id' });
  const change = changing((next, replace) => void navigate({ search: next, replace }));
  return (
    <MappingList
      path="task-mappings"
      title={t('nav.taskMappings')}
      description={t('mappings.tasks.description')}
      columns={useTaskColumns()}
      under={(row) => row.task_name ?? row.default_queue}
      lesson={{ icon: IconRoute, title: t('mappings.tasks.empty'), text: t('mappings.tasks.emptyText') }}
      filters={
        <>
          <QueueFilter search={search} change={change} />
          <AccessFilter search={search} change={change} />
        </>
      }
      search={search}
      change={change}
      selected={open ? open.id : undefined}
      onOpen={(id) => void navigate({ to: '/tasks-mappings/$id', params: { id }, search: true })}
    />
  );
}

export function EndpointMappingsPage() {
  const { t } = useTranslation();
  const search = endpointRoute.useSearch();
  const navigate = endpointRoute.useNavigate();
  const open = useMatchRoute()({ to: '/endpoints-mappings/$id' });
  const change = changing((next, replace) => void navigate({ search: next, replace }));
  return (
    <MappingList
      path="endpoint-mappings"
      title={t('nav.endpointMappings')}
      description={t('mappings.endpoints.description')}
      columns={useEndpointColumns()}
      under={(row) => row.endpoint}
      lesson={{
        ...{ icon: IconPlugConnected, title: t('mappings.endpoints.empty') },
        text: t('mappings.endpoints.emptyText'),
      }}
      filters={
        <>
          <ServingFilter search={search} change={change} />
          <AccessFilter search={search} change={change} />
        </>
      }
      search={search}
      change={change}
      selected={open ? open.id : undefined}
      onOpen={(id) => void navigate({ to: '/endpoints-mappings/$id', params: { id }, search: true })}
    />
  );
}

export function MachineMappingsPage() {
  const { t } = useTranslation();
  const search = machineRoute.useSearch();
  const navigate = machineRoute.useNavigate();
  const open = useMatchRoute()({ to: '/machines-mappings/$id' });
  const change = changing((next, replace) => void navigate({ search: next, replace }));
  return (
    <MappingList
      path="machine-mappings"
      title={t('nav.machineMappings')}
      description={t('mappings.machines.description')}
      columns={useMachineColumns()}
      under={(row) => row.serving_task_name ?? row.serving_task_id.slice(0, 8)}
      lesson={{
        ...{ icon: IconServer2, title: t('mappings.machines.empty') },
        text: t('mappings.machines.emptyText'),
      }}
      filters={<ServingFilter search={search} change={change} />}
      search={search}
      change={change}
      selected={open ? open.id : undefined}
      onOpen={(id) => void navigate({ to: '/machines-mappings/$id', params: { id }, search: true })}
    />
  );
}

/** A new filter starts again at the first page, and typing leaves no trail of pages behind. */
function changing(
  go: (next: (old: MappingsSearch) => MappingsSearch, replace: boolean) => void,
): ChangeSearch {
  return (patch) =>
    go((old) => defined({ ...old, page: undefined, ...patch }) as MappingsSearch, 'q' in patch);
}

interface FilterProps {
  search: MappingsSearch;
  change: ChangeSearch;
}

function AccessFilter({ search, change }: FilterProps) {
  const { t } = useTranslation();
  return (
    <FilterSelect
      label={t('mappings.form.access')}
      value={search.access}
      options={accesses.map((value) => ({ value, label: t(`mappings.access.${value}`) }))}
      onChange={(value) => change({ access: accesses.find((one) => one === value) })}
    />
  );
}

function QueueFilter({ search, change }: FilterProps) {
  const { t } = useTranslation();
  const { data } = useQuery(queueOptionsQuery);
  return (
    <FilterSelect
      label={t('mappings.queue')}
      value={search.queue}
      options={(data?.items ?? []).map(({ name }) => ({ value: name, label: name }))}
      onChange={(queue) => change({ queue })}
    />
  );
}

/** The serving tasks that machines carry. */
function ServingFilter({ search, change }: FilterProps) {
  const { t } = useTranslation();
  const { data } = useQuery(mappingsQuery('machine-mappings', { size: 100 }));
  const names = new Map(
    (data?.items ?? []).map((row) => [row.serving_task_id, row.serving_task_name ?? row.serving_task_id]),
  );
  return (
    <FilterSelect
      label={t('mappings.servingTask')}
      value={search.serving}
      options={[...names].map(([value, label]) => ({ value, label }))}
      onChange={(serving) => change({ serving })}
    />
  );
}
