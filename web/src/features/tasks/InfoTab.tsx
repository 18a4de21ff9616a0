import { Badge } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { useLocale } from '../../i18n/index.ts';
import { Id } from '../../ui/Copy.tsx';
import { formatDuration, formatNumber } from '../../ui/format.ts';
import { Field, Fields, Panel } from '../../ui/Page.tsx';
import { StatusBadge } from '../../ui/Status.tsx';
import { ExactTime } from '../../ui/Time.tsx';
import type { Task } from './queries.ts';
import { TabSkeleton } from './TabSkeleton.tsx';
import { useTask } from './TaskPage.tsx';
import styles from './tabs.module.css';

export function InfoTab() {
  const task = useTask();
  if (!task) return <TabSkeleton />;
  return (
    <div className={styles.pair}>
      <General task={task} />
      <Times task={task} />
      <Runtime task={task} />
    </div>
  );
}

function General({ task }: { task: Task }) {
  const { t } = useTranslation();
  const { user: me } = useSession();
  return (
    <Panel title={t('task.info.general')}>
      <Fields>
        <Field name={t('task.info.id')}>{task.id && <Id value={task.id} whole />}</Field>
        <Field name={t('task.info.status')}>
          <StatusBadge status={task.status} />
        </Field>
        <Field name={t('task.info.message')}>{task.status_message || task.status_reason}</Field>
        <Field name={t('task.info.tags')}>{task.tags?.length ? <Tags tags={task.tags} /> : undefined}</Field>
        <Field name={t('task.info.comment')}>{task.comment}</Field>
        <Field name={t('task.info.user')}>{task.user === me.id ? me.name : task.user}</Field>
        <Field name={t('task.info.parent')}>
          {task.parent && (
            <Link to="/tasks/$id" params={{ id: task.parent }} className="link mono">
              {task.parent.slice(0, 8)}
            </Link>
          )}
        </Field>
      </Fields>
    </Panel>
  );
}

function Tags({ tags }: { tags: readonly string[] }) {
  return (
    <span className={styles.tags}>
      {tags.map((tag) => (
        <Badge key={tag} variant="default" radius="sm" tt="none" fw={500}>
          {tag}
        </Badge>
      ))}
    </span>
  );
}

function Times({ task }: { task: Task }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { active_duration: active, last_iteration: iteration } = task;
  return (
    <Panel title={t('task.info.times')}>
      <Fields>
        <Field name={t('task.info.created')}>
          <ExactTime value={task.created} />
        </Field>
        <Field name={t('task.info.started')}>
          <ExactTime value={task.started} />
        </Field>
        <Field name={t('task.info.completed')}>
          <ExactTime value={task.completed} />
        </Field>
        <Field name={t('task.info.updated')}>
          <ExactTime value={task.last_update} />
        </Field>
        <Field name={t('task.info.active')}>{active ? formatDuration(active * 1000) : undefined}</Field>
        <Field name={t('task.info.iteration')}>
          {iteration ? formatNumber(iteration, locale) : undefined}
        </Field>
        <Field name={t('task.info.worker')}>{task.last_worker}</Field>
      </Fields>
    </Panel>
  );
}

/** What the SDK or the agent noted while the task ran: versions, host, progress. */
function Runtime({ task }: { task: Task }) {
  const { t } = useTranslation();
  const entries = Object.entries(task.runtime ?? {}).filter(([name]) => !name.startsWith('_'));
  if (entries.length === 0) return null;
  return (
    <Panel title={t('task.info.runtime')}>
      <Fields>
        {entries.map(([name, value]) => (
          <Field key={name} name={name.replaceAll('_', ' ')}>
            {typeof value === 'string' ? value : JSON.stringify(value)}
          </Field>
        ))}
      </Fields>
    </Panel>
  );
}
