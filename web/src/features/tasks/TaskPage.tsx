import { Skeleton } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { Id } from '../../ui/Copy.tsx';
import { formatNumber } from '../../ui/format.ts';
import { FailureMessage, PageMissing } from '../../ui/PageStates.tsx';
import { StatusBadge } from '../../ui/Status.tsx';
import { Elapsed, RelativeTime } from '../../ui/Time.tsx';
import { AbortButton } from './AbortButton.tsx';
import { endOf, projectNamesQuery, type Task, taskQuery } from './queries.ts';
import { taskTabs } from './sdkLinks.ts';
import styles from './TaskPage.module.css';

const route = getRouteApi('/frame/tasks/$id');

export function TaskPage() {
  const { id } = route.useParams();
  const query = useQuery(taskQuery(id));
  useDocumentTitle(`${query.data?.name ?? id.slice(0, 8)} · Arno`);
  if (query.isError && !query.data) return <FailureMessage error={query.error} onRetry={query.refetch} />;
  if (query.data === null) return <PageMissing />;
  return (
    <>
      {query.data ? <TaskHead task={query.data} /> : <HeadSkeleton />}
      <Tabs id={id} />
      <Outlet />
    </>
  );
}

/** The task of this page for its tabs, which wait for it with their own skeletons. */
export function useTask(): Task | undefined {
  const { id } = route.useParams();
  return useQuery(taskQuery(id)).data ?? undefined;
}

function TaskHead({ task }: { task: Task }) {
  const { t } = useTranslation();
  const stopping = task.status === 'in_progress' && task.status_message === 'stopping';
  return (
    <header className={styles.head}>
      <div className={styles.titleRow}>
        <h1 className={styles.title}>{task.name}</h1>
        <StatusBadge status={task.status} />
        {stopping && <span className="dim">{t('task.stopping')}</span>}
        <span className={styles.grow} />
        <AbortButton task={task} />
      </div>
      <TaskMeta task={task} />
      {task.status === 'failed' && task.status_message && (
        <p className={styles.reason}>{task.status_message}</p>
      )}
    </header>
  );
}

function TaskMeta({ task }: { task: Task }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { project, last_iteration: iteration } = task;
  const projects = useQuery(projectNamesQuery([project])).data;
  return (
    <ul className={styles.meta}>
      {task.id && (
        <li>
          <Id value={task.id} />
        </li>
      )}
      {project && (
        <li>
          <Link to="/tasks" search={{ project }} className="link">
            {projects?.[project] ?? project.slice(0, 8)}
          </Link>
        </li>
      )}
      <li>{task.type?.replaceAll('_', ' ')}</li>
      {task.started && (
        <>
          <li>
            {t('task.started')} <RelativeTime value={task.started} />
          </li>
          <li>
            {t(task.status === 'in_progress' ? 'task.runs' : 'task.took')}{' '}
            <Elapsed since={task.started} until={endOf(task)} />
          </li>
        </>
      )}
      {iteration !== undefined && iteration > 0 && (
        <li>{t('task.iteration', { value: formatNumber(iteration, locale) })}</li>
      )}
      {task.last_worker && <li>{task.last_worker}</li>}
    </ul>
  );
}

function HeadSkeleton() {
  return (
    <div className={styles.head} aria-busy="true">
      <div className={styles.titleRow}>
        <Skeleton height={24} width={320} />
      </div>
      <Skeleton height={14} width={420} maw="100%" />
    </div>
  );
}

function Tabs({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <nav className={styles.tabs} aria-label={t('task.tabs')}>
      {taskTabs.map((tab) => (
        <Link
          key={tab}
          to={`/tasks/$id/${tab}`}
          params={{ id }}
          className={styles.tab}
          activeOptions={{ includeSearch: false }}
          replace
        >
          {t(`task.tab.${tab}`)}
        </Link>
      ))}
    </nav>
  );
}
