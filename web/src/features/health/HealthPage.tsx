import type { SystemHealth } from '@arno/protocol';
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../../ui/Page.tsx';
import { FailureMessage } from '../../ui/PageStates.tsx';
import { Database } from './Database.tsx';
import { FileDeletionList } from './FileDeletionList.tsx';
import { Files } from './Files.tsx';
import styles from './HealthPage.module.css';
import { Jobs } from './Jobs.tsx';
import { Machines } from './Machines.tsx';
import { Process } from './Process.tsx';
import { healthQuery } from './queries.ts';
import { Retained } from './Retained.tsx';
import { Servers } from './Servers.tsx';
import { SupportButton } from './SupportButton.tsx';

/** How the server itself is doing. */
export function HealthPage() {
  const { t } = useTranslation();
  const { data: health, isError, error, refetch } = useQuery(healthQuery);
  return (
    <>
      <PageHeader title={t('nav.health')} description={t('health.description')} actions={<SupportButton />} />
      {isError && !health && <FailureMessage error={error} onRetry={refetch} />}
      {!isError && !health && <Skeletons />}
      {health && <Content health={health} />}
    </>
  );
}

function Content({ health }: { health: SystemHealth }) {
  return (
    <div className={styles.page}>
      <div className={styles.grid}>
        <Process health={health} />
        <Database database={health.database} />
        <Files />
        <Machines machines={health.machines} />
        <Servers servers={health.servers} />
        <Retained retention={health.retention} />
      </div>
      <Jobs jobs={health.jobs} host={health.host} />
      <FileDeletionList counts={health.file_deletions} />
    </div>
  );
}

function Skeletons() {
  return (
    <div className={styles.grid}>
      {Array.from({ length: 6 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <Skeleton key={index} height={280} />
      ))}
    </div>
  );
}
