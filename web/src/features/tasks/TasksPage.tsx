import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useCallback, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { DataTable } from '../../ui/DataTable.tsx';
import { NewRows } from '../../ui/NewRows.tsx';
import { PageHeader, Panel } from '../../ui/Page.tsx';
import { Pager } from '../../ui/Pager.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { Elapsed, RelativeTime } from '../../ui/Time.tsx';
import { FilterChips, SearchInput, Toolbar } from '../../ui/Toolbar.tsx';
import { useListKeys } from '../../ui/useListKeys.ts';
import { useStableRows } from '../../ui/useStableRows.ts';
import { NoTasks } from './NoTasks.tsx';
import { ProjectFilter } from './ProjectFilter.tsx';
import {
  COUNT_LIMIT,
  DEFAULT_ORDER,
  DEFAULT_SIZE,
  endOf,
  type Task,
  taskCountQuery,
  taskListQuery,
} from './queries.ts';
import { pageSizes, statuses, type TasksSearch } from './search.ts';
import { useTaskColumns } from './taskColumns.tsx';

const route = getRouteApi('/frame/tasks/');
const keyOf = (task: Task) => task.id ?? '';

export function TasksPage() {
  const { t } = useTranslation();
  const search = route.useSearch();
  const change = useChange();
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <PageHeader title={t('tasks.title')} description={t('tasks.description')} />
      <Toolbar>
        <SearchInput
          ref={field}
          value={search.q ?? ''}
          placeholder={t('tasks.search')}
          onSearch={(q) => change({ q: q || undefined })}
        />
        <FilterChips
          label={t('tasks.statusFilter')}
          options={statuses.map((value) => ({ value, label: t(`status.${value}`) }))}
          selected={search.status ?? []}
          onToggle={(status) => change({ status: toggle(search.status ?? [], status) })}
        />
        {search.project && (
          <ProjectFilter id={search.project} onClear={() => change({ project: undefined })} />
        )}
      </Toolbar>
      <TaskTable search={search} change={change} field={field} />
    </>
  );
}

interface TableProps {
  search: TasksSearch;
  change: Change;
  field: React.RefObject<HTMLInputElement | null>;
}

function TaskTable({ search, change, field }: TableProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const query = useQuery(taskListQuery(search));
  const count = useQuery(taskCountQuery(search));
  const stable = useStableRows(query.data?.scope ?? '', query.data?.tasks, keyOf);
  const rows = stable.rows;
  const columns = useTaskColumns(rows ?? []);
  const open = useCallback(
    (task: Task) => void navigate({ to: '/tasks/$id', params: { id: keyOf(task) } }),
    [navigate],
  );
  const cursor = useListKeys({ rows: rows ?? [], onOpen: open, search: field });

  if (query.isError && !query.data) return <FailureMessage error={query.error} onRetry={query.refetch} />;
  const filtered = Boolean(search.q || search.status || search.project || search.page);
  if (rows?.length === 0)
    return <NoTasks filtered={filtered} onClear={() => void navigate({ to: '/tasks' })} />;
  return (
    <Panel flush>
      <NewRows count={search.page ? 0 : stable.waiting} onShow={stable.accept} />
      <DataTable
        label={t('tasks.title')}
        columns={columns}
        rows={rows}
        rowKey={keyOf}
        cursor={cursor}
        under={(task) => <TaskUnder task={task} />}
        sorting={{ order: search.order ?? DEFAULT_ORDER, onOrder: (order) => change({ order }) }}
        skeletonRows={12}
      />
      <Pager
        page={search.page ?? 1}
        size={search.size ?? DEFAULT_SIZE}
        shown={rows?.length ?? 0}
        total={count.data === undefined ? undefined : { count: count.data, more: count.data >= COUNT_LIMIT }}
        onPage={(page) => change({ page: page > 1 ? page : undefined })}
        sizes={pageSizes}
        onSize={(size) => change({ size: pageSizes.find((known) => known === size) })}
      />
    </Panel>
  );
}

function TaskUnder({ task }: { task: Task }) {
  return (
    <>
      <RelativeTime value={task.last_update} />
      {task.started && (
        <>
          <span aria-hidden>·</span>
          <Elapsed since={task.started} until={endOf(task)} />
        </>
      )}
    </>
  );
}

type Patch = { [Key in keyof TasksSearch]?: TasksSearch[Key] | undefined };
type Change = (patch: Patch) => void;

/** Changes the address. A new filter starts again at the first page, and typing leaves no trail of pages behind. */
function useChange(): Change {
  const navigate = route.useNavigate();
  return useCallback(
    (patch) =>
      void navigate({
        search: (old) => ({ ...old, page: undefined, ...patch }) as TasksSearch,
        replace: 'q' in patch,
      }),
    [navigate],
  );
}

function toggle<Value>(values: readonly Value[], value: Value): Value[] | undefined {
  const next = values.includes(value) ? values.filter((each) => each !== value) : [...values, value];
  return next.length ? next : undefined;
}
