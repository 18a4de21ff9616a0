import type { TaskSummary } from '@arno/protocol';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { Id } from '../../ui/Copy.tsx';
import { type Column, rowLink } from '../../ui/DataTable.tsx';
import { formatNumber } from '../../ui/format.ts';
import { StatusBadge } from '../../ui/Status.tsx';
import { Elapsed, RelativeTime } from '../../ui/Time.tsx';
import { endOf } from './queries.ts';
import { toTagWord, types } from './search.ts';
import styles from './TasksPage.module.css';
import { patched } from './useTasksSearch.ts';

/** A task's type in words; one that the protocol does not know as it is. */
function useTypeName(): (type: string) => string {
  const { t } = useTranslation();
  return (type) => {
    const known = types.find((each) => each === type);
    return known ? t(`tasks.types.${known}`) : type.replaceAll('_', ' ');
  };
}

/** Columns of the list of tasks. */
export function useTaskColumns(): Column<TaskSummary>[] {
  const { t } = useTranslation();
  const typeName = useTypeName();
  return [
    { id: 'name', header: t('tasks.name'), sort: 'name', cell: taskLink },
    {
      id: 'status',
      header: t('tasks.status'),
      sort: 'status',
      width: '144px',
      cell: ({ status }) => <StatusBadge status={status} />,
    },
    {
      id: 'type',
      header: t('tasks.type'),
      sort: 'type',
      width: '124px',
      from: 'xl',
      cell: ({ type }) => <span className="dim">{typeName(type)}</span>,
    },
    { id: 'project', header: t('tasks.project'), width: '170px', from: 'lg', cell: projectLink },
    { id: 'user', header: t('tasks.user'), width: '130px', from: 'xl', cell: userLink },
    ...timeColumns(t),
    {
      id: 'worker',
      header: t('tasks.worker'),
      width: '136px',
      from: 'lg',
      cell: ({ worker }) => worker && <span title={worker}>{worker}</span>,
    },
    ...useMoreColumns(),
  ];
}

/** What few people look at. */
function useMoreColumns(): Column<TaskSummary>[] {
  const { t } = useTranslation();
  const locale = useLocale();
  return [
    { id: 'tags', header: t('tasks.tags'), width: '180px', extra: true, cell: tagLinks },
    {
      id: 'iteration',
      header: t('tasks.iteration'),
      width: '96px',
      align: 'right',
      extra: true,
      cell: ({ last_iteration: iteration }) => formatNumber(iteration, locale),
    },
    { id: 'id', header: t('tasks.id'), width: '124px', extra: true, cell: ({ id }) => <Id value={id} /> },
  ];
}

function timeColumns(t: TFunction): Column<TaskSummary>[] {
  return [
    {
      id: 'created',
      header: t('tasks.created'),
      sort: 'created',
      greatestFirst: true,
      width: '112px',
      extra: true,
      cell: ({ created_at }) => <RelativeTime value={created_at} />,
    },
    {
      id: 'started',
      header: t('tasks.started'),
      width: '112px',
      from: 'md',
      cell: ({ started_at }) => <RelativeTime value={started_at} />,
    },
    {
      id: 'duration',
      header: t('tasks.duration'),
      width: '96px',
      align: 'right',
      from: 'md',
      cell: (task) => <Elapsed {...clockOf(task)} />,
    },
    {
      id: 'updated',
      header: t('tasks.updated'),
      sort: 'last_update',
      greatestFirst: true,
      width: '124px',
      from: 'lg',
      cell: ({ last_update_at }) => <RelativeTime value={last_update_at} />,
    },
  ];
}

/** Since when a task runs or ran, and until when. */
export function clockOf(task: TaskSummary): { since: string | undefined; until: string | undefined } {
  const { status, started_at: started, completed_at: completed, status_changed_at: status_changed } = task;
  const times = { status, status_changed, ...(started && { started }), ...(completed && { completed }) };
  return { since: started, until: endOf(times) };
}

function taskLink({ id, name }: TaskSummary) {
  return (
    <Link to="/tasks/$id" params={{ id }} className={rowLink} title={name}>
      {name}
    </Link>
  );
}

/** Leads to the tasks of the project; one that nobody may see keeps its id. */
function projectLink({ project }: TaskSummary) {
  if (!project) return null;
  const { id, name = id.slice(0, 8) } = project;
  return (
    <Link from="/tasks/" to="." search={patched({ project: id })} className="dim" title={name}>
      {name}
    </Link>
  );
}

function userLink({ user: { id, name = id.slice(0, 8) } }: TaskSummary) {
  return (
    <Link from="/tasks/" to="." search={patched({ user: id })} className="dim" title={name}>
      {name}
    </Link>
  );
}

function tagLinks({ tags }: TaskSummary) {
  if (tags.length === 0) return null;
  return (
    <span className={styles.tags}>
      {tags.map((tag) => (
        <Link
          key={tag}
          from="/tasks/"
          to="."
          search={patched({ tags: [toTagWord(tag)] })}
          className={styles.tag}
          title={tag}
        >
          {tag}
        </Link>
      ))}
    </span>
  );
}
