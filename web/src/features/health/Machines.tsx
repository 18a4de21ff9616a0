import type { SystemHealth } from '@arno/protocol';
import { IconAlertTriangle, IconClock } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../ui/Page.tsx';
import { Badge } from '../../ui/Status.tsx';
import styles from './HealthPage.module.css';

/** Serving machines that get no calls at the moment, or one on trial. */
export function Machines({ machines: { total, unwell } }: Pick<SystemHealth, 'machines'>) {
  const { t } = useTranslation();
  return (
    <Panel
      title={t('health.machines.title')}
      aside={
        <Link to="/machines-mappings" className="link">
          {t('health.machines.all')}
        </Link>
      }
    >
      {unwell.length === 0 ? (
        <p className="dim">
          {t(total === 0 ? 'health.machines.none' : 'health.machines.well', { count: total })}
        </p>
      ) : (
        <ul className={styles.rows}>
          {unwell.map(({ id, base_url: url, state, last_error: error }) => (
            <li key={id}>
              <Link to="/machines-mappings/$id" params={{ id }} className="link">
                {url}
              </Link>{' '}
              <Badge
                tone={state === 'ejected' ? 'failed' : 'waiting'}
                icon={state === 'ejected' ? IconAlertTriangle : IconClock}
                word={t(state === 'ejected' ? 'health.machines.ejected' : 'health.machines.trial')}
              />
              {error && <p className="dim">{error.message}</p>}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
