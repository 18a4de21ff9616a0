import type { Call, DashboardPlatform } from '@arno/protocol';
import { Skeleton } from '@mantine/core';
import {
  IconActivity,
  IconCpu,
  IconPlayerTrackNext,
  IconPlugConnected,
  IconRoute,
  IconServer2,
} from '@tabler/icons-react';
import { Link, type LinkProps } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatNumber } from '../../ui/format.ts';
import { totalsOf } from './buckets.ts';
import styles from './Counts.module.css';
import type { ShownPeriod } from './queries.ts';

interface Props {
  platform: DashboardPlatform | undefined;
  past: ShownPeriod | undefined;
  isUser: boolean;
}

/** The numbers people look for first; each leads to what it counts. */
export function Counts({ platform, past, isUser }: Props) {
  const { t } = useTranslation();
  return (
    <div className={styles.counts} data-few={isUser || undefined}>
      {!isUser && (
        <>
          <MachineCount platform={platform} />
          <Count
            label={t('dashboard.endpoints')}
            hint={t('dashboard.endpointsHint')}
            icon={IconPlugConnected}
            value={platform?.mappings.endpoints}
            link={{ to: '/endpoints-mappings' }}
          />
          <Count
            label={t('dashboard.enqueueTasks')}
            hint={t('dashboard.enqueueTasksHint')}
            icon={IconRoute}
            value={platform?.mappings.tasks}
            link={{ to: '/tasks-mappings' }}
          />
          <WorkerCount workers={platform?.workers} />
        </>
      )}
      <CallCount kind="ondemand" icon={IconActivity} past={past} />
      <CallCount kind="enqueue" icon={IconPlayerTrackNext} past={past} />
    </div>
  );
}

function MachineCount({ platform }: { platform: DashboardPlatform | undefined }) {
  const { t } = useTranslation();
  const { healthy = 0, unknown = 0 } = platform?.machines.states ?? {};
  const total = platform?.mappings.machines;
  const bad = (total ?? 0) - healthy - unknown;
  return (
    <Count
      label={t('dashboard.servingMachines')}
      hint={
        bad > 0
          ? t('dashboard.notHealthy', { count: bad })
          : total === 0
            ? t('dashboard.noneYet')
            : t('dashboard.allHealthy')
      }
      warn={bad > 0}
      icon={IconServer2}
      value={total}
      link={{ to: '/machines-mappings' }}
    />
  );
}

function WorkerCount({ workers }: { workers: DashboardPlatform['workers'] | undefined }) {
  const { t } = useTranslation();
  return (
    <Count
      label={t('dashboard.workers')}
      hint={t('dashboard.busy', { count: workers?.busy ?? 0 })}
      icon={IconCpu}
      value={workers?.total}
      link={{ to: '/workers' }}
    />
  );
}

interface CallCountProps {
  kind: Call['kind'];
  icon: CountProps['icon'];
  past: ShownPeriod | undefined;
}

function CallCount({ kind, icon, past }: CallCountProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const totals = past && totalsOf(past[kind]);
  const bad = totals ? totals.failed + totals.lost : 0;
  return (
    <Count
      label={t(`dashboard.calls.${kind}`)}
      hint={
        bad > 0
          ? t('dashboard.failed', { count: bad, value: formatNumber(bad, locale) })
          : t('dashboard.noneFailed')
      }
      warn={bad > 0}
      icon={icon}
      value={totals?.calls}
      link={{ to: '/calls/$kind', params: { kind }, search: past ? { from: past.from } : {} }}
    />
  );
}

interface CountProps {
  label: string;
  hint: string;
  icon: ComponentType<{ size?: number; stroke?: number; className?: string | undefined }>;
  value: number | undefined;
  warn?: boolean;
  link: LinkProps;
}

function Count({ label, hint, icon: Icon, value, warn = false, link }: CountProps) {
  const locale = useLocale();
  return (
    <Link {...link} className={styles.count}>
      <span className={styles.head}>
        {label}
        <Icon size={18} stroke={1.7} className={styles.icon} />
      </span>
      <span className={styles.value}>
        {value === undefined ? <Skeleton height={26} width={56} my={5} /> : formatNumber(value, locale)}
      </span>
      <span
        className={styles.hint}
        data-warn={warn || undefined}
        data-loading={value === undefined || undefined}
      >
        {hint}
      </span>
    </Link>
  );
}
