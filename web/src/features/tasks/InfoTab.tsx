import { Badge } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSession } from '../../api/session.ts';
import { Id } from '../../ui/Copy.tsx';
import { DASH, formatDuration, formatNumber } from '../../ui/format.ts';
import { Fields, Panel } from '../../ui/Page.tsx';
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
  const owner = task.user === me.id ? me.name : task.user;
  return (
    <Panel title={t('task.info.general')}>
      <Fields
        items={[
          [t('task.info.id'), task.id ? <Id value={task.id} whole /> : DASH],
          [t('task.info.status'), <StatusBadge key="status" status={task.status} />],
          [t('task.info.message'), task.status_message || task.status_reason || DASH],
          [t('task.info.tags'), <Tags key="tags" tags={task.tags ?? []} />],
          [t('task.info.comment'), task.comment || DASH],
          [t('task.info.user'), owner ?? DASH],
          [
            t('task.info.parent'),
            task.parent ? (
              <Link to="/tasks/$id" params={{ id: task.parent }} className="link mono">
                {task.parent.slice(0, 8)}
              </Link>
            ) : (
              DASH
            ),
          ],
        ]}
      />
    </Panel>
  );
}

function Tags({ tags }: { tags: readonly string[] }) {
  if (tags.length === 0) return DASH;
  return (
    <span style={{ display: 'flex', flexWrap: 'wrap', gap: 4 }}>
      {tags.map((tag) => (
        <Badge key={tag} variant="default" radius="sm" tt="none" fw={500}>
          {tag}
        </Badge>
      ))}
    </span>
  );
}

function Times({ task }: { task: Task }) {
  const { t, i18n } = useTranslation();
  const { active_duration: active, last_iteration: iteration } = task;
  return (
    <Panel title={t('task.info.times')}>
      <Fields
        items={[
          [t('task.info.created'), <ExactTime key="created" value={task.created} />],
          [t('task.info.started'), <ExactTime key="started" value={task.started} />],
          [t('task.info.completed'), <ExactTime key="completed" value={task.completed} />],
          [t('task.info.updated'), <ExactTime key="updated" value={task.last_update} />],
          [t('task.info.active'), active ? formatDuration(active * 1000) : DASH],
          [t('task.info.iteration'), iteration ? formatNumber(iteration, i18n.language) : DASH],
          [t('task.info.worker'), task.last_worker || DASH],
        ]}
      />
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
      <Fields
        items={entries.map(([name, value]) => [
          name.replaceAll('_', ' '),
          typeof value === 'string' ? value : JSON.stringify(value),
        ])}
      />
    </Panel>
  );
}
