import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type Column, rowLink } from '../../ui/DataTable.tsx';
import { StatusBadge } from '../../ui/Status.tsx';
import { Elapsed, RelativeTime } from '../../ui/Time.tsx';
import { endOf, projectNamesQuery, type Task } from './queries.ts';

/** Columns of the list of tasks; `rows` are needed for the names of their projects. */
export function useTaskColumns(rows: readonly Task[]): Column<Task>[] {
  const { t } = useTranslation();
  const projects = useQuery(projectNamesQuery(rows.map((task) => task.project))).data;
  return [
    { id: 'name', header: t('tasks.name'), sort: 'name', cell: taskLink },
    {
      id: 'status',
      header: t('tasks.status'),
      sort: 'status',
      width: '132px',
      cell: (task) => <StatusBadge status={task.status} />,
    },
    {
      id: 'type',
      header: t('tasks.type'),
      sort: 'type',
      width: '124px',
      from: 'xl',
      cell: (task) => <span className="dim">{task.type?.replaceAll('_', ' ')}</span>,
    },
    {
      id: 'project',
      header: t('tasks.project'),
      width: '170px',
      from: 'lg',
      cell: ({ project }) => project && <ProjectLink id={project} names={projects} />,
    },
    ...useTimeColumns(),
    {
      id: 'worker',
      header: t('tasks.worker'),
      sort: 'last_worker',
      width: '136px',
      from: 'lg',
      cell: ({ last_worker: worker }) => worker && <span title={worker}>{worker}</span>,
    },
  ];
}

function useTimeColumns(): Column<Task>[] {
  const { t } = useTranslation();
  return [
    {
      id: 'started',
      header: t('tasks.started'),
      sort: 'started',
      width: '112px',
      from: 'md',
      cell: (task) => <RelativeTime value={task.started} />,
    },
    {
      id: 'duration',
      header: t('tasks.duration'),
      width: '96px',
      align: 'right',
      from: 'md',
      cell: (task) => <Elapsed since={task.started} until={endOf(task)} />,
    },
    {
      id: 'updated',
      header: t('tasks.updated'),
      sort: 'last_update',
      width: '124px',
      from: 'lg',
      cell: (task) => <RelativeTime value={task.last_update} />,
    },
  ];
}

function taskLink({ id = '', name }: Task) {
  return (
    <Link to="/tasks/$id" params={{ id }} className={rowLink} title={name}>
      {name}
    </Link>
  );
}

/** Until the names are known the place stays empty; a project nobody may see keeps its id. */
function ProjectLink({ id, names }: { id: string; names: Record<string, string> | undefined }) {
  return (
    <Link to="/tasks" search={{ project: id }} className="dim" title={names?.[id]}>
      {names ? (names[id] ?? id.slice(0, 8)) : ''}
    </Link>
  );
}
