import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { CallRetention } from './CallRetention.tsx';
import { Elsewhere } from './Elsewhere.tsx';
import { Environment } from './Environment.tsx';
import { settingsQuery } from './queries.ts';
import styles from './SettingsPage.module.css';

/** What is set, where it comes from, and what can be changed while the server runs. */
export function SettingsPage() {
  const { t } = useTranslation();
  const { data: settings, isError, error, refetch } = useQuery(settingsQuery);
  return (
    <>
      <PageHeader title={t('nav.settings')} description={t('settings.description')} />
      {isError && !settings && <FailureMessage error={error} onRetry={refetch} />}
      {!isError && !settings && <Skeleton height={480} />}
      {settings && (
        <div className={styles.page}>
          <div className={styles.grid}>
            <CallRetention calls={settings.calls} />
            <Elsewhere />
          </div>
          <Environment settings={settings.environment} />
        </div>
      )}
    </>
  );
}
