import type { DatabaseHealth } from '@arno/protocol';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/index.ts';
import { formatBytes, formatNumber } from '../../ui/format.ts';
import { Field, Fields, Panel } from '../../ui/Page.tsx';
import { RelativeTime } from '../../ui/Time.tsx';
import styles from './HealthPage.module.css';

const SHOWN = 6;

/** The database, and what fills it. */
export function Database({ database }: { database: DatabaseHealth }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { version, embedded, bytes, connections, migration, tables } = database;
  return (
    <Panel title={t('health.database.title')}>
      <Fields>
        <Field name={t('health.database.engine')}>
          {version}{' '}
          <span className="dim">
            ({t(embedded ? 'health.database.embedded' : 'health.database.external')})
          </span>
        </Field>
        <Field name={t('health.size')}>{formatBytes(bytes, locale)}</Field>
        <Field name={t('health.database.connections')}>
          {t('health.database.ofConnections', { used: connections.used, max: connections.max })}
        </Field>
        <Field name={t('health.database.migration')}>
          <span title={migration.name}>{migration.number}</span> ·{' '}
          <RelativeTime value={migration.applied_at} />
        </Field>
      </Fields>
      <table className={styles.table}>
        <caption className="visuallyHidden">{t('health.database.biggest')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('health.database.biggest')}</th>
            <th scope="col">{t('health.size')}</th>
            <th scope="col">{t('health.database.rows')}</th>
          </tr>
        </thead>
        <tbody>
          {tables.slice(0, SHOWN).map(({ name, bytes: size, rows }) => (
            <tr key={name}>
              <td title={name}>{name}</td>
              <td>{formatBytes(size, locale)}</td>
              <td>{formatNumber(rows, locale)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
