import type { DashboardMachines, MachineState } from '@arno/protocol';
import { Skeleton } from '@mantine/core';
import { IconCircleCheck, IconCircleDashed, IconCircleX, IconHelpCircle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../ui/Page.tsx';
import { Badge, type Tone } from '../../ui/Status.tsx';
import styles from './DashboardPage.module.css';

type State = MachineState['state'] | 'unknown';

const looks = {
  healthy: ['completed', IconCircleCheck],
  trial: ['waiting', IconHelpCircle],
  ejected: ['failed', IconCircleX],
  unknown: ['neutral', IconCircleDashed],
} as const satisfies Record<State, readonly [Tone, unknown]>;

/** How serving machines are doing, those first that are not well. */
export function Machines({ machines }: { machines: DashboardMachines | undefined }) {
  const { t } = useTranslation();
  const total = machines && Object.values(machines.states).reduce((sum, count) => sum + count, 0);
  return (
    <Panel
      title={t('dashboard.machines')}
      aside={
        <Link to="/machines-mappings" className={`link ${styles.more}`}>
          {t('dashboard.all')}
        </Link>
      }
    >
      {!machines && <Skeleton height={80} />}
      {total === 0 && (
        <p className="dim">
          {t('dashboard.noMachines')}{' '}
          <Link to="/machines-mappings" className="link">
            {t('dashboard.registerMachine')}
          </Link>
        </p>
      )}
      <ul className={styles.rows}>
        {machines?.items.map(({ id, base_url: url, health }) => (
          <li key={id}>
            <Link to="/machines-mappings/$id" params={{ id }} className={styles.row}>
              <span className={styles.rowName} title={url}>
                {url.replace(/^https?:\/\//, '')}
                {health && health.pending > 0 && (
                  <span className={styles.under}>{t('dashboard.pending', { count: health.pending })}</span>
                )}
                {health?.state !== 'healthy' && health?.last_error && (
                  <span className={styles.under} title={health.last_error.message}>
                    {health.last_error.message}
                  </span>
                )}
              </span>
              <StateBadge state={health?.state ?? 'unknown'} />
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function StateBadge({ state }: { state: State }) {
  const { t } = useTranslation();
  const [tone, icon] = looks[state];
  return <Badge tone={tone} icon={icon} word={t(`dashboard.machineStates.${state}`)} />;
}
