import type { ServerSeen } from '@arno/protocol';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../ui/Page.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import styles from './HealthPage.module.css';

/** All servers that share the database. */
export function Servers({ servers }: { servers: readonly ServerSeen[] }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('health.servers.title')}>
      <ul className={styles.rows}>
        {servers.map(({ number, host, version, address, since, self }) => (
          <li key={number}>
            <strong>{host ?? address ?? t('health.servers.unnamed')}</strong>
            {self && <span className="dim"> · {t('health.servers.self')}</span>}
            <div className="dim">
              {[t('health.process.number', { number }), version, address].filter(Boolean).join(' · ')} ·{' '}
              {t('health.servers.since')} <RelativeTime value={since} />
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
