import type { TaskSummary } from '@arno/protocol';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type RefObject, useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { DEFAULT_PAGE_SIZE } from '../../app/search.ts';
import { DataTable } from '../../ui/DataTable.tsx';
import { NewRows } from '../../ui/NewRows.tsx';
import { Panel } from '../../ui/Page.tsx';
import { Pager } from '../../ui/Pager.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { Elapsed, RelativeTime } from '../../ui/Time.tsx';
import { useListKeys } from '../../ui/useListKeys.ts';
import { useStableRows } from '../../ui/useStableRows.ts';
import { NoTasks } from './NoTasks.tsx';
import { pageOf, placeOf } from './paging.ts';
import { DEFAULT_ORDER, taskCountQuery, taskListQuery } from './queries.ts';
import { isFiltered, type TasksSearch } from './search.ts';
import { clockOf, useTaskColumns } from './taskColumns.tsx';
import { useTasksSearch } from './useTasksSearch.ts';

const keyOf = ({ id }: TaskSummary) => id;

/** A page of the list. On the first one, new tasks wait behind "12 new"; known ones change in place. */
export function TaskTable({ field }: { field: RefObject<HTMLInputElement | null> }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const columns = useTaskColumns();
  const { search, change } = useTasksSearch();
  const { size = DEFAULT_PAGE_SIZE } = search;
  const { data: total } = useQuery(taskCountQuery(search));
  const { page, limit } = pageOf(search, size, total);
  const query = useQuery(taskListQuery(search, limit));
  const { rows, waiting, accept } = useStableRows(query.data?.scope ?? '', query.data?.items, keyOf);
  const open = useCallback(
    ({ id }: TaskSummary) => void navigate({ to: '/tasks/$id', params: { id } }),
    [navigate],
  );
  const cursor = useListKeys({ rows: rows ?? [], onOpen: open, search: field });

  if (query.isError && !query.data) return <FailureMessage error={query.error} onRetry={query.refetch} />;
  if (rows?.length === 0) {
    const hides = isFiltered(search) || page > 1;
    return <NoTasks filtered={hides} onClear={() => void navigate({ to: '/tasks' })} />;
  }
  return (
    <Panel flush>
      <NewRows count={page > 1 ? 0 : waiting} onShow={accept} />
      <DataTable
        label={t('tasks.title')}
        name="tasks"
        columns={columns}
        rows={rows}
        rowKey={keyOf}
        cursor={cursor}
        under={(task) => <TaskUnder task={task} />}
        sorting={{
          order: search.order ?? DEFAULT_ORDER,
          onOrder: (order) => change({ order: order as TasksSearch['order'] }),
        }}
        skeletonRows={12}
      />
      <Pager
        page={page}
        size={size}
        shown={rows?.length ?? 0}
        total={total && { count: total.total, more: total.more }}
        onPage={(next) => change(placeOf(next, page, query.data))}
        onSize={(next) => change({ size: next })}
      />
    </Panel>
  );
}

function TaskUnder({ task }: { task: TaskSummary }) {
  return (
    <>
      <RelativeTime value={task.last_update_at} />
      {task.started_at && (
        <>
          {' · '}
          <Elapsed {...clockOf(task)} />
        </>
      )}
    </>
  );
}
