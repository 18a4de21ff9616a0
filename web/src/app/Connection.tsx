import { IconRefreshAlert } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useConnection } from '../api/connection.ts';
import styles from './TopBar.module.css';

export function ConnectionState() {
  const { t } = useTranslation();
  const state = useConnection();
  return (
    <span className={styles.connection} data-state={state} title={t(`connection.${state}`)}>
      <span className={styles.dot} />
      <span className={styles.connectionWord}>{t(`connection.${state}`)}</span>
    </span>
  );
}

/** Says what a lost connection means. It goes away by itself. */
export function ConnectionBanner() {
  const { t } = useTranslation();
  const lost = useConnection() === 'lost';
  return (
    <div role="status">
      {lost && (
        <div className={styles.banner}>
          <IconRefreshAlert size={17} />
          {t('connection.banner')}
        </div>
      )}
    </div>
  );
}
