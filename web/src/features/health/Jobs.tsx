import type { JobState } from '@arno/protocol';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconClock,
  IconPlayerPlay,
  IconServer2,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { type Column, DataTable } from '../../ui/DataTable.tsx';
import { formatDuration, formatNumber, parseTime } from '../../ui/format.ts';
import { Panel } from '../../ui/Page.tsx';
import { Badge } from '../../ui/Status.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import { useNow } from '../../ui/useNow.ts';
import styles from './HealthPage.module.css';

/** What this server does by itself. */
export function Jobs({ jobs, host }: { jobs: readonly JobState[]; host: string }) {
  const { t } = useTranslation();
  const columns = useColumns();
  return (
    <Panel title={t('health.jobs.title')} flush>
      <p className={styles.note}>{t(jobs.length > 0 ? 'health.jobs.text' : 'health.jobs.none', { host })}</p>
      {jobs.length > 0 && (
        <DataTable
          label={t('health.jobs.title')}
          columns={columns}
          rows={jobs}
          rowKey={({ name }) => name}
          under={(job) => <LastFailure job={job} />}
        />
      )}
    </Panel>
  );
}

function useColumns(): Column<JobState>[] {
  const { t } = useTranslation();
  const locale = useLocale();
  return [
    { id: 'name', header: t('health.jobs.name'), cell: ({ name }) => <JobName name={name} /> },
    { id: 'outcome', header: t('health.jobs.outcome'), width: '148px', cell: (job) => <Outcome job={job} /> },
    {
      id: 'last',
      header: t('health.jobs.last'),
      width: '130px',
      align: 'right',
      from: 'md',
      cell: ({ last }) => last && <RelativeTime value={last.at} />,
    },
    {
      id: 'took',
      header: t('health.jobs.took'),
      width: '100px',
      align: 'right',
      from: 'md',
      cell: ({ last }) => last && formatDuration(last.duration_ms),
    },
    {
      id: 'next',
      header: t('health.jobs.next'),
      width: '110px',
      align: 'right',
      from: 'lg',
      cell: ({ next_at: next }) => next && <Until time={next} />,
    },
    {
      id: 'every',
      header: t('health.jobs.every'),
      width: '100px',
      align: 'right',
      from: 'lg',
      cell: ({ every_ms: every }) => formatDuration(every),
    },
    {
      id: 'failures',
      header: t('health.jobs.failures'),
      width: '140px',
      align: 'right',
      from: 'lg',
      cell: ({ failures, runs }) =>
        t('health.jobs.failuresOf', {
          failures: formatNumber(failures, locale),
          runs: formatNumber(runs, locale),
        }),
    },
  ];
}

const named = [
  'call_statistics',
  'call_texts',
  'callbacks',
  'cleaning',
  'deleted_events',
  'deleted_files',
  'deleted_mappings',
  'interrupted_calls',
  'leases',
  'old_calls',
  'old_counts',
  'old_idempotency_keys',
  'queue_samples',
  'task_names',
  'tasks_on_the_ClearML_server',
] as const;

/** Jobs are known by what the log calls them; one that has no words here keeps that name. */
function JobName({ name }: { name: string }) {
  const { t } = useTranslation();
  const key = named.find((each) => each === name.replaceAll(' ', '_'));
  return (
    <span title={name} style={{ whiteSpace: 'normal' }}>
      {key === undefined ? name : t(`health.jobs.names.${key}`)}
    </span>
  );
}

const outcomes = {
  ok: ['completed', IconCircleCheck],
  failed: ['failed', IconAlertTriangle],
  elsewhere: ['neutral', IconServer2],
} as const;

function Outcome({ job: { last, running } }: { job: JobState }) {
  const { t } = useTranslation();
  // Nearly all of them are over before anybody could see them run.
  if (!last)
    return (
      <Badge
        tone={running ? 'running' : 'neutral'}
        icon={running ? IconPlayerPlay : IconClock}
        word={t(running ? 'health.jobs.running' : 'health.jobs.notYet')}
      />
    );
  const [tone, icon] = outcomes[last.outcome];
  return <Badge tone={tone} icon={icon} word={t(`health.jobs.${last.outcome}`)} />;
}

function LastFailure({ job: { last_failure: failure } }: { job: JobState }) {
  const { t } = useTranslation();
  if (!failure) return null;
  return (
    <span className={styles.bad} title={failure.error}>
      {t('health.jobs.failed')} <RelativeTime value={failure.at} />: {failure.error}
    </span>
  );
}

function Until({ time }: { time: string }) {
  const now = useNow('fast');
  return <span>{formatDuration(Math.max(1000, (parseTime(time) ?? now) - now))}</span>;
}
