import type { WorkerTask } from '@arno/protocol';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Column, DataTable, rowLink } from '../../ui/DataTable.tsx';
import { Panel } from '../../ui/Page.tsx';
import { isTaskStatus, StatusBadge } from '../../ui/Status.tsx';
import { Elapsed, RelativeTime } from '../../ui/Time.tsx';

/** What a worker ran last. */
export function WorkerTasks({ tasks }: { tasks: readonly WorkerTask[] | undefined }) {
  const { t } = useTranslation();
  const columns: Column<WorkerTask>[] = [
    {
      id: 'name',
      header: t('workers.task'),
      cell: ({ id, name }) => (
        <Link to="/tasks/$id" params={{ id }} className={rowLink} title={name}>
          {name}
        </Link>
      ),
    },
    {
      id: 'status',
      header: t('workers.showing'),
      width: '144px',
      cell: ({ status }) => <StatusBadge status={isTaskStatus(status) ? status : undefined} />,
    },
  ];
  return (
    <Panel title={t('workers.tasks')} flush={tasks?.length !== 0}>
      {tasks?.length === 0 ? (
        <p className="dim">{t('workers.noTasks')}</p>
      ) : (
        <DataTable
          label={t('workers.tasks')}
          columns={columns}
          rows={tasks}
          rowKey={({ id }) => id}
          under={({ started, ended }) => (
            <>
              <RelativeTime value={started} />
              {ended && (
                <>
                  {' · '}
                  <Elapsed since={started} until={ended} />
                </>
              )}
            </>
          )}
        />
      )}
    </Panel>
  );
}
